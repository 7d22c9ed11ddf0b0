// An execution as it runs: what has happened since is shown, and what is chosen, open and in view stays.

/** What tells a visit or an iteration from others, also in a later story: the event that it began with. */
function keyOf(part) {
  return eventKey(events[part.began]);
}

function eventKey(event) {
  return `${event.run}:${event.id}`;
}

function byKey(rows, key) {
  return new Map(rows.map((row) => [key(row), row]));
}

/** Take a story of the same execution, and point to its parts where the parts of the one before were. */
function exchangeStory(told) {
  const [visit, event] = [current.visit && keyOf(current.visit), current.event && eventKey(current.event)];
  const shown = [...shownIterations.values()].map(keyOf);
  const closed = [...closedBars].map(keyOf);
  takeStory(told);
  const [newVisits, newIterations] = [byKey(visits, keyOf), byKey(iterations, keyOf)];
  shownIterations.clear();
  for (const key of shown) if (newIterations.has(key)) showIteration(newIterations.get(key));
  closedBars.clear();
  for (const key of closed) {
    const bar = newVisits.get(key) || newIterations.get(key);
    if (bar) closedBars.add(bar);
  }
  current.node = current.node && nodes[current.node.number];
  current.event = (event && byKey(events, eventKey).get(event)) || null;
  current.visit = (visit && newVisits.get(visit)) || null;
  if (current.node && !current.visit) current.visit = tellingVisit(shownVisits(current.node.number));
}

/** What the details depend on: they are drawn anew only if that is another, so that what is open in them
    stays open. */
function detailsKey() {
  const { node, visit } = current;
  if (!visit) {
    const failed = nodes.filter((one) => shownVisits(one.number).some((other) => other.status === "failed"));
    return JSON.stringify([story.status, node?.number, failed.map((one) => one.number)]);
  }
  const attempts = visit.attempts.map(([, ended, , , log]) => [ended < 0, (text(log) ?? "").length]);
  const inside = (iterationsOf.get(visit.number) || []).map((iteration) => iteration.status);
  const all = node ? shownVisits(node.number).length : 1;
  return JSON.stringify([keyOf(visit), visit.status, visit.superseded, all, attempts, inside]);
}

function showNewDetails() {
  const isWritten = details.contains(document.activeElement) && document.activeElement.matches("input");
  if (isWritten) return;
  const { scrollTop } = details;
  keepingFocus(details, showDetails);
  details.scrollTop = scrollTop;
}

function showNewEvents() {
  const list = eventList.element;
  const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - ROW;
  showEvents();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

let isAxisChosen = false;
axis.addEventListener("change", () => {
  isAxisChosen = true;
});

function showStory(told) {
  const [before, status, choices] = [detailsKey(), story.status, iterations.length];
  exchangeStory(told);
  showTop();
  showActions();
  drawMarks();
  drawChosen(current.node, { reveal: false });
  const bar = document.getElementById("choices");
  if (iterations.length !== choices && !bar.contains(document.activeElement)) showChoices(actions);
  if (detailsKey() !== before) showNewDetails();
  else if (!current.visit && !current.node)
    details.querySelector(".facts").textContent = executionFacts();
  showNewEvents();
  if (!isAxisChosen) axis.value = isCrowded() ? "events" : "time";
  if (!document.getElementById("timeline").hidden) showTimeline();
  if (story.status !== status && !current.node) openAtFailure();
  writeAddress();
}

const loadStory = seldom(async () => {
  const told = await read("story", { arn: story.console.arn });
  if (told) showStory(told);
});

consoleToken = story.token;
showActions();
follow({ arn: story.console.arn }, loadStory);
