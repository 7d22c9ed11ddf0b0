// The timeline: a bar for each visit and each iteration, inside those around them.

const axis = document.getElementById("axis");
const OPEN_AT_FIRST = 300;

let visitsInside, visitsInIteration;

/** Numbers of the visits that the execution could not have ended without. */
let criticalVisits;

/** The place of each event in the order of time; those of child executions lie between the others. */
let orderOfEvents, timesInOrder;

readers.push(() => {
  const isOutside = (visit) => visit.iteration < 0;
  visitsInside = groupBy(visits.filter(isOutside), (visit) => visit.container);
  visitsInIteration = groupBy(
    visits.filter((visit) => !isOutside(visit)),
    (visit) => visit.iteration,
  );
  criticalVisits = new Set(story.critical);
  orderOfEvents = new Array(events.length);
  [...events]
    .sort((one, other) => (one.time ?? 0) - (other.time ?? 0) || one.number - other.number)
    .forEach((event, order) => {
      orderOfEvents[event.number] = order;
    });
  timesInOrder = events.map((event) => event.time).sort((one, other) => (one ?? 0) - (other ?? 0));
});

/** Visits and iterations whose inside is not shown. */
const closedBars = new Set();

let barList = null;
const axisHead = make("div.row.heads.bars.axis", { "aria-hidden": "true" });

function makeTimeline(actions) {
  barList = new WindowedList("Timeline", {
    kind: ".bars",
    draw: drawBar,
    choose: ({ part, isIteration }) =>
      isIteration
        ? actions.showIteration(part)
        : actions.choose({ node: nodes[part.node] || null, visit: part }),
    key: onBarKey,
    role: "tree",
  });
  document.getElementById("timeline").append(axisHead, barList.element);
  barList.element.addEventListener("click", onTwisty, true);
  if (isCrowded()) axis.value = "events";
  if (visits.length + iterations.length > OPEN_AT_FIRST) closeBars();
}

/** Whether there is next to nothing on most of the axis, as when an execution waited for an hour. */
function isCrowded() {
  const places = new Set(events.map((event) => Math.floor(((event.time ?? 0) / (lastTime || 1)) * 50)));
  return !lastTime || (events.length > 10 && places.size < 5);
}

function closeBars() {
  for (const visit of visits) if (iterationsOf.has(visit.number)) closedBars.add(visit);
}

/** The rows in view: a part, its depth, and whether there is something inside. */
function barRows() {
  const rows = [];
  const addVisit = (visit, depth) => {
    if (!isShown(visit)) return;
    const shown = shownIterations.get(visit.node);
    const inside = (iterationsOf.get(visit.number) || []).filter(
      (iteration) => shown === undefined || shown === iteration,
    );
    const states = visitsInside.get(visit.number) || [];
    rows.push({ part: visit, depth, hasInside: inside.length + states.length > 0, isIteration: false });
    if (closedBars.has(visit)) return;
    for (const iteration of inside) addIteration(iteration, depth + 1);
    for (const inner of states) addVisit(inner, depth + 1);
  };
  const addIteration = (iteration, depth) => {
    const states = visitsInIteration.get(iteration.number) || [];
    rows.push({ part: iteration, depth, hasInside: states.length > 0, isIteration: true });
    if (!closedBars.has(iteration)) for (const inner of states) addVisit(inner, depth + 1);
  };
  for (const visit of visitsInside.get(-1) || []) addVisit(visit, 0);
  return rows;
}

function showTimeline({ reveal = false } = {}) {
  drawAxis();
  barList.show(barRows(), ({ part }) => part === current.visit);
  if (reveal && barList.selected >= 0) {
    barList.reveal(barList.selected);
    barList.render(true);
  }
}

/** Open what lies around a visit, so that its bar is there. */
function openAround(visit) {
  for (let at = visit; at; at = visits[at.container]) {
    if (at.iteration >= 0) closedBars.delete(iterations[at.iteration]);
    if (at !== visit) closedBars.delete(at);
  }
}

function drawAxis() {
  const track = make("span.track");
  for (let fifth = 0; fifth < 5; fifth += 1) {
    const order = Math.round(((events.length - 1) * fifth) / 5);
    const time = axis.value === "time" ? (lastTime * fifth) / 5 : timesInOrder[order];
    const tick = make("span.tick", {}, duration(time === null ? null : Number(time.toPrecision(3))));
    tick.style.left = `${fifth * 20}%`;
    track.append(tick);
  }
  axisHead.replaceChildren(make("span", {}, "state"), track, make("span", {}, "time"));
}

/** Where an event lies on the axis, in per cent. */
function place(event) {
  if (axis.value === "time") return lastTime ? ((events[event].time ?? 0) / lastTime) * 100 : 0;
  return (orderOfEvents[event] / Math.max(events.length - 1, 1)) * 100;
}

function span(began, ended) {
  const from = place(began);
  return { left: from, width: Math.max((ended < 0 ? 100 : place(ended)) - from, 0) };
}

function put(element, { left, width }) {
  element.style.left = `min(${left}%, calc(100% - 3px))`;
  element.style.width = `${width}%`;
  return element;
}

function drawBar(row, { part, depth, hasInside, isIteration }) {
  const word = isIteration
    ? `${iterationWord(part)}${part.child ? " (child execution)" : ""}`
    : part.name + (part.superseded ? ` (attempt ${part.attempt})` : "");
  const name = make(
    "span.name",
    {},
    make(
      "button.twisty",
      { type: "button", tabIndex: -1, "aria-hidden": "true" },
      hasInside ? (closedBars.has(part) ? "▸" : "▾") : "",
    ),
    sign(part.status),
    make("span", {}, word),
  );
  name.style.paddingLeft = `${depth * 14}px`;
  const bar = put(
    make(`span.bar.is-${part.status}${isIteration ? ".thin" : ""}`),
    span(part.began, part.ended),
  );
  const track = make("span.track", {}, bar);
  const isCritical = !isIteration && criticalVisits.has(part.number);
  row.classList.toggle("is-critical", isCritical);
  if (!isIteration && part.attempts.length > 1) {
    for (const [began, ended, error] of part.attempts) {
      track.append(
        put(
          make(`span.try.is-${error >= 0 ? "failed" : ended < 0 ? "in_progress" : "succeeded"}`),
          span(began, ended),
        ),
      );
    }
  }
  row.append(name, track, make("span.facts", {}, duration(secondsOf(part))));
  const retries = !isIteration && part.attempts.length > 1 ? `, ${part.attempts.length} attempts` : "";
  const critical = isCritical ? ", on the critical path" : "";
  row.title = `${word}: ${statusWord(part.status)}${retries}, ${duration(secondsOf(part))}${critical}`;
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", depth + 1);
  if (hasInside) row.setAttribute("aria-expanded", !closedBars.has(part));
  row.setAttribute("aria-label", row.title);
}

function onTwisty(event) {
  const twisty = event.target.closest(".twisty");
  if (!twisty?.textContent) return;
  event.stopPropagation();
  toggleBar(barList.items[Number(twisty.closest("[data-number]").dataset.number)].part);
}

function toggleBar(part) {
  if (!closedBars.delete(part)) closedBars.add(part);
  const selected = barList.items[barList.selected]?.part;
  barList.show(barRows(), (row) => row.part === selected);
}

function onBarKey(event, row) {
  if (!row?.hasInside || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return false;
  if (closedBars.has(row.part) === (event.key === "ArrowRight")) toggleBar(row.part);
  return true;
}
