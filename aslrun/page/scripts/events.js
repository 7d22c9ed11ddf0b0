// The table of events, with its filter.

const filterInput = document.getElementById("filter");
const onlyFailures = document.getElementById("only-failures");
const onlyChosen = document.getElementById("only-chosen");
const eventCount = document.getElementById("count");

const FAILURE = /Failed|TimedOut|Aborted/;

/** The iteration whose child execution has a history of its own, by the history's number. */
let iterationOfRun;
readers.push(() => {
  const children = iterations.filter((iteration) => iteration.child);
  iterationOfRun = new Map(children.map((iteration) => [events[iteration.began].run, iteration]));
  searched = null;
});

let eventList = null;

function makeEvents(actions) {
  eventList = new WindowedList("Events", { kind: ".events", draw: drawEvent, choose: actions.chooseEvent });
  const headings = ["id", "time", "event", "state", "what it tells"].map((word, at) =>
    make(at < 2 ? "span.number" : "span", {}, word),
  );
  document
    .getElementById("events")
    .append(make("div.row.heads.events", { "aria-hidden": "true" }, ...headings), eventList.element);
}

function drawEvent(row, event) {
  const isBad = FAILURE.test(event.type);
  row.append(
    make("span.number.muted", {}, eventId(event)),
    make("span.number.muted", {}, event.time === null ? "" : seconds(event.time)),
    make(isBad ? "span.bad" : "span", {}, (isBad ? "✕ " : "") + event.type),
    make("span", {}, placeOf(event)),
    make("span.mono.muted", {}, summary(event)),
  );
  if (current.visit && event.visit === current.visit.number) row.classList.add("of-chosen");
}

function eventId(event) {
  return event.run ? `${event.run}:${event.id}` : String(event.id);
}

function seconds(time) {
  return `${time.toFixed(3)} s`;
}

/** The state of an event, with the iterations of Maps around it. */
function placeOf(event) {
  if (event.visit < 0) return "";
  const visit = visits[event.visit];
  const index = event.type.startsWith("MapIteration") ? ` #${event.more.index}` : "";
  const around = iterationsAround(visit).map(iterationWord).join(" ");
  return `${visit.name}${index}${around ? ` ${around}` : ""}`;
}

function summary(event) {
  const { error, cause, output, input, parameters } = event.texts;
  if (error !== undefined || cause !== undefined)
    return short(
      [error, cause]
        .filter((one) => one !== undefined)
        .map((one) => texts[one])
        .join(": "),
    );
  for (const number of [output, input, parameters])
    if (number !== undefined && number >= 0) return short(texts[number]);
  const rest = Object.entries(event.more)
    .filter(([field]) => field !== "name")
    .map(([field, value]) => `${field} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return short(rest.join(", "));
}

// ---------------------------------------------------------------- filter

let searched = null;

/** For each event its words, and all long texts, in lower case; made when somebody filters. */
function searchable() {
  searched ??= {
    events: events.map((event) =>
      `${event.id} ${event.type} ${placeOf(event)} ${JSON.stringify(event.more)}`.toLowerCase(),
    ),
    texts: texts.map((one) => one.toLowerCase()),
  };
  return searched;
}

/** A test of events: each word of the filter, or "several in quotes", is in the event, its state's name, or
    its values. */
function matching(words) {
  const wanted = (words.toLowerCase().match(/"[^"]+"|[^\s"]+/g) || []).map((word) =>
    word.replaceAll('"', ""),
  );
  if (!wanted.length) return () => true;
  const index = searchable();
  const tests = wanted.map((word) => {
    const inTexts = index.texts.map((one) => one.includes(word));
    return (event) =>
      index.events[event.number].includes(word) ||
      Object.values(event.texts).some((number) => number >= 0 && inTexts[number]);
  });
  return (event) => tests.every((test) => test(event));
}

function isEventShown(event) {
  if (event.run && iterationOfRun.has(event.run)) {
    const shown = shownIterations.get(mapNode(iterationOfRun.get(event.run)));
    if (shown && shown !== iterationOfRun.get(event.run)) return false;
  }
  if (event.visit < 0 || !shownIterations.size) return true;
  const visit = visits[event.visit];
  const shown = event.type.startsWith("MapIteration") ? shownIterations.get(visit.node) : undefined;
  return isShown(visit) && (shown === undefined || shown.index === event.more.index);
}

function isOfChosen(event) {
  return current.node
    ? event.visit >= 0 && visits[event.visit].node === current.node.number
    : event.visit < 0;
}

function showEvents({ reveal = false } = {}) {
  const fits = matching(filterInput.value);
  const found = events.filter(
    (event) =>
      isEventShown(event) &&
      fits(event) &&
      (!onlyFailures.checked || FAILURE.test(event.type)) &&
      (!onlyChosen.checked || isOfChosen(event)),
  );
  eventList.show(found, (event) => event === current.event);
  if (reveal) revealEvent(found);
  eventCount.textContent =
    found.length === events.length
      ? plural(events.length, "event")
      : `${found.length.toLocaleString("en")} of ${plural(events.length, "event")}`;
}

/** Bring the event chosen, or the first one of the visit chosen, into view. */
function revealEvent(found) {
  const at =
    eventList.selected >= 0
      ? eventList.selected
      : found.findIndex((event) => current.visit && event.visit === current.visit.number);
  if (at >= 0) eventList.reveal(at);
  eventList.render(true);
}
