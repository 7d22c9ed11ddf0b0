// The data of the page: rows become objects, and what is chosen decides which visits count.

const story = JSON.parse(document.getElementById("story").textContent);

for (const [table, columns] of Object.entries(story.columns)) {
  story[table] = story[table].map((row, number) => {
    const record = { number };
    columns.forEach((column, at) => {
      record[column] = row[at];
    });
    return record;
  });
}

/** `severity` has the statuses of visits, the worst first. */
const { nodes, edges, visits, iterations, events, texts, severity } = story;

const nodeNumbers = new Map(nodes.map((node) => [node.id, node.number]));

/** node → its visits; visit of a Map → its iterations. */
const visitsOf = groupBy(visits, (visit) => visit.node);
const iterationsOf = groupBy(iterations, (iteration) => iteration.map);

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

const lastTime = events.reduce((latest, event) => Math.max(latest, event.time ?? 0), 0);

function endTime(part) {
  return part.ended < 0 ? lastTime : events[part.ended].time;
}

/** The seconds that a visit or an iteration took; null if its events have no times. */
function secondsOf(part) {
  const start = events[part.began].time;
  const end = endTime(part);
  return start === null || end === null ? null : Math.max(end - start, 0);
}

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 60) return `${trimmed(seconds)} s`;
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  return parts
    .filter(([count]) => count)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

function trimmed(seconds) {
  return String(Number(seconds.toFixed(3)));
}

function plural(count, word, words = `${word}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : words}`;
}

function text(number) {
  return number < 0 ? null : texts[number];
}

function statusWord(status) {
  return status.replace("_", " ");
}

/** Iteration → `#3`; with the attempt if it was not the Map's last one. */
function iterationWord(iteration) {
  return `#${iteration.index}${iteration.superseded ? ` (attempt ${iteration.attempt})` : ""}`;
}

/** Make an element: its tag and classes as `div.a.b`, properties, and children. */
function make(kind, properties = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name.startsWith("data-"))
      element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

function makeSvg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** The sign of a status, as on the badges of the drawing. */
function sign(status) {
  const element = makeSvg("svg", {
    viewBox: "-9 -9 18 18",
    class: `sign is-${status}`,
    "aria-hidden": "true",
  });
  element.append(makeSvg("circle", { r: 8.5 }), makeSvg("path", { d: story.badges[status] || "" }));
  return element;
}

function statusPill(status) {
  return make(`span.status.is-${status}`, {}, sign(status), statusWord(status));
}
