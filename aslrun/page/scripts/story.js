// The data of the page: rows become objects, and what is chosen decides which visits count.

let story, nodes, edges, visits, iterations, events, texts, severity;
let nodeNumbers, lastTime;

/** node → its visits; visit of a Map → its iterations. */
let visitsOf, iterationsOf;

/** What each script makes of the story for itself: called whenever there is a new one. */
const readers = [];

/** Take the data of an execution, which is `tell_story`'s; `severity` has the statuses, the worst first. */
function takeStory(told) {
  for (const [table, columns] of Object.entries(told.columns)) {
    told[table] = told[table].map((row, number) => {
      const record = { number };
      columns.forEach((column, at) => {
        record[column] = row[at];
      });
      return record;
    });
  }
  story = told;
  ({ nodes, edges, visits, iterations, events, texts, severity, badges } = told);
  nodeNumbers = new Map(nodes.map((node) => [node.id, node.number]));
  visitsOf = groupBy(visits, (visit) => visit.node);
  iterationsOf = groupBy(iterations, (iteration) => iteration.map);
  lastTime = events.reduce((latest, event) => Math.max(latest, event.time ?? 0), 0);
  for (const read of readers) read();
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}

/** The iterations around a visit or iteration, from the outermost to the innermost. */
function iterationsAround(visit) {
  const found = [];
  for (let at = visit; at; at = visits[at.container]) {
    if (at.iteration >= 0) found.unshift(iterations[at.iteration]);
  }
  return found;
}

function pathOf(iteration) {
  return [...iterationsAround(visits[iteration.map]), iteration];
}

/** The iteration that is shown of each Map, by its node; a Map that is not here shows all of them. */
const shownIterations = new Map();

function mapNode(iteration) {
  return visits[iteration.map].node;
}

/** Show one iteration, and those around it; what was shown of the Maps inside goes. */
function showIteration(iteration) {
  const path = pathOf(iteration);
  for (const [node, shown] of shownIterations) {
    const around = pathOf(shown);
    if (around.some((other) => path.some((one) => mapNode(one) === mapNode(other) && one !== other))) {
      shownIterations.delete(node);
    }
  }
  for (const one of path) shownIterations.set(mapNode(one), one);
}

/** Show all iterations of a Map, given by its node, and of the Maps inside it. */
function showAllIterations(node) {
  for (const [other, shown] of shownIterations) {
    if (pathOf(shown).some((one) => mapNode(one) === node)) shownIterations.delete(other);
  }
}

function isShown(visit) {
  if (shownIterations.size === 0) return true;
  return iterationsAround(visit).every((iteration) => {
    const shown = shownIterations.get(mapNode(iteration));
    return shown === undefined || shown === iteration;
  });
}

function shownVisits(node) {
  return (visitsOf.get(node) || []).filter(isShown);
}

/** What is drawn on each node, and how often each edge was taken, of the visits that are shown. */
function marks() {
  const onNodes = new Map();
  const onEdges = new Map();
  for (const visit of visits) {
    if (visit.node < 0 || !isShown(visit)) continue;
    const mark = onNodes.get(visit.node) || { visits: 0, retries: 0, seconds: 0, statuses: [], old: [] };
    mark.visits += 1;
    mark.retries += Math.max(visit.attempts.length - 1, 0);
    mark.seconds += secondsOf(visit) || 0;
    (visit.superseded ? mark.old : mark.statuses).push(visit.status);
    onNodes.set(visit.node, mark);
    for (const edge of [visit.way, visit.out]) {
      if (edge >= 0) onEdges.set(edge, (onEdges.get(edge) || 0) + 1);
    }
  }
  for (const mark of onNodes.values()) mark.status = worst(mark.statuses.length ? mark.statuses : mark.old);
  return { onNodes, onEdges };
}

function worst(statuses) {
  const found = new Set(statuses);
  return severity.find((status) => found.has(status));
}

// ---------------------------------------------------------------- times and words

function endTime(part) {
  return part.ended < 0 ? lastTime : events[part.ended].time;
}

/** The seconds that a visit or an iteration took; null if its events have no times. */
function secondsOf(part) {
  const start = events[part.began].time;
  const end = endTime(part);
  return start === null || end === null ? null : Math.max(end - start, 0);
}

function text(number) {
  return number < 0 ? null : texts[number];
}

/** Iteration → `#3`; with the attempt if it was not the Map's last one. */
function iterationWord(iteration) {
  return `#${iteration.index}${iteration.superseded ? ` (attempt ${iteration.attempt})` : ""}`;
}
