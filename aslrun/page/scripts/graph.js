// The drawing: zoom and pan, states that can be chosen, and what the iterations shown did there.

const drawing = document.getElementById("drawing");
const svg = drawing.querySelector("svg");
const full = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };

/** What is in view: the middle in the drawing's own units, and how many pixels one of them takes. */
const view = { x: full.width / 2, y: full.height / 2, scale: 1, fitted: true };
const NEAREST = 4;
const READABLE = 0.2;

function showView() {
  const { clientWidth: width, clientHeight: height } = drawing;
  const [across, down] = [width / view.scale, height / view.scale];
  svg.setAttribute("viewBox", `${view.x - across / 2} ${view.y - down / 2} ${across} ${down}`);
}

/** The height of what lies over the upper edge of the drawing. */
function covered() {
  const bar = document.getElementById("choices");
  return bar.offsetHeight ? bar.offsetTop + bar.offsetHeight : 0;
}

function fitScale() {
  return Math.min(drawing.clientWidth / full.width, (drawing.clientHeight - covered()) / full.height);
}

function fit() {
  const scale = Math.min(fitScale(), 1.4);
  Object.assign(view, { x: full.width / 2, y: full.height / 2 - covered() / 2 / scale, scale, fitted: true });
  showView();
}

/** Show all of it, or its beginning where all of it would be but a stripe. */
function openView() {
  fit();
  if (view.scale >= READABLE) return;
  Object.assign(view, { scale: 0.75, fitted: false });
  const start = svg.querySelector(".mark.start");
  if (start) centreOn(start);
  view.y += (drawing.clientHeight / 2 - covered()) / view.scale - 30;
  showView();
}

/** Zoom by a factor, so that the point of the pane stays where it is; its middle if none is given. */
function zoom(factor, at = [drawing.clientWidth / 2, drawing.clientHeight / 2]) {
  const scale = Math.min(Math.max(view.scale * factor, Math.min(fitScale() / 2, 0.5)), NEAREST);
  const [across, down] = [at[0] - drawing.clientWidth / 2, at[1] - drawing.clientHeight / 2];
  view.x += across / view.scale - across / scale;
  view.y += down / view.scale - down / scale;
  Object.assign(view, { scale, fitted: false });
  showView();
}

function pan(across, down) {
  Object.assign(view, { x: view.x - across / view.scale, y: view.y - down / view.scale, fitted: false });
  showView();
}

function centreOn(element) {
  const box = boxOf(element);
  Object.assign(view, { x: box.x + box.width / 2, y: box.y + box.height / 2, fitted: false });
}

/** The box of an element in the drawing's own units. */
function boxOf(element) {
  const card = element.querySelector(".card") || element;
  const [outer, inner] = [svg.getScreenCTM().inverse(), card.getBoundingClientRect()];
  const point = new DOMPoint(inner.x, inner.y).matrixTransform(outer);
  return { x: point.x, y: point.y, width: inner.width / view.scale, height: inner.height / view.scale };
}

/** Move the view so that an element is in it, if it is not. */
function bringIntoView(element) {
  const pane = drawing.getBoundingClientRect();
  const box = (element.querySelector(".card") || element).getBoundingClientRect();
  const isInside =
    box.left >= pane.left && box.right <= pane.right && box.top >= pane.top && box.bottom <= pane.bottom;
  const isOver = box.width > pane.width || box.height > pane.height;
  if (
    isInside ||
    (isOver &&
      box.left < pane.right &&
      box.right > pane.left &&
      box.top < pane.bottom &&
      box.bottom > pane.top)
  )
    return;
  centreOn(element);
  showView();
}

// ---------------------------------------------------------------- pointers

const pointers = new Map();
let dragged = 0;

function listenToPointers() {
  drawing.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!pointers.size) dragged = 0;
    pointers.set(event.pointerId, event);
  });
  window.addEventListener("pointermove", onPointerMove);
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      drawing.classList.toggle("dragging", pointers.size > 0 && dragged > 4);
    });
  }
  drawing.addEventListener("wheel", onWheel, { passive: false });
}

function onPointerMove(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const others = [...pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
  pointers.set(event.pointerId, event);
  dragged += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
  if (others.length === 1) pinch(before, event, others[0]);
  else if (!others.length && dragged > 4) {
    drawing.classList.add("dragging");
    pan(event.clientX - before.clientX, event.clientY - before.clientY);
  }
}

function pinch(before, now, other) {
  const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
  const pane = drawing.getBoundingClientRect();
  zoom(distance(now) / distance(before), [
    (now.clientX + other.clientX) / 2 - pane.x,
    (now.clientY + other.clientY) / 2 - pane.y,
  ]);
}

function onWheel(event) {
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 30 : 1;
  if (event.shiftKey) return pan(-(event.deltaY || event.deltaX) * unit, 0);
  const pane = drawing.getBoundingClientRect();
  // A pinch on a touchpad comes as a wheel with small steps and the control key.
  const speed = event.ctrlKey ? 0.01 : 0.0015;
  return zoom(Math.exp(-event.deltaY * unit * speed), [event.clientX - pane.x, event.clientY - pane.y]);
}

// ---------------------------------------------------------------- states

const nodeElements = new Map();
const edgeElements = new Map();
const labelElements = new Map();

/** An id as the drawing has it, its white space in one. */
let drawnNumbers;
readers.push(() => {
  drawnNumbers = new Map(nodes.map((node) => [node.id.trim().replace(/\s+/g, " "), node.number]));
});

/** Make the states of the drawing elements that can be reached and chosen; `choose` is given a node. */
function readDrawing(choose) {
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "State machine");
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  for (const element of svg.querySelectorAll(".node[data-id]")) {
    const node = nodes[drawnNumbers.get(element.dataset.id)];
    if (!node) continue;
    nodeElements.set(node.number, element);
    if (!element.classList.contains("state")) continue;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.addEventListener("click", () => {
      if (dragged <= 4) choose(node);
    });
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible")) bringIntoView(element);
    });
    element.addEventListener("keydown", (event) => onStateKey(event, node, choose));
    const notes = element.querySelector(".notes");
    if (notes) notes.dataset.all = notes.textContent;
  }
  // What changes with the iterations shown is as wide as it is.
  for (const text of svg.querySelectorAll(".notes, .label text")) text.removeAttribute("textLength");
  const numbers = new Map(edges.map((edge) => [`${edge.source} ${edge.index}`, edge.number]));
  for (const element of svg.querySelectorAll("[data-source]")) {
    // Rules and catchers to one target are one edge of the drawing.
    const found = element.dataset.index
      .split(" ")
      .map((index) => numbers.get(`${drawnNumbers.get(element.dataset.source)} ${index}`));
    (element.classList.contains("label") ? labelElements : edgeElements).set(element, found);
  }
}

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function onStateKey(event, node, choose) {
  if (event.key === "Enter" || event.key === " ") choose(node);
  else if (event.key in DIRECTIONS) nearest(node, DIRECTIONS[event.key])?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The state that lies nearest in a direction; a gap to the side counts twice. */
function nearest(from, [across, down]) {
  const here = titleBox(nodeElements.get(from.number));
  let best = null;
  for (const [number, element] of nodeElements) {
    if (number === from.number || !element.classList.contains("state")) continue;
    const there = titleBox(element);
    const [x, y] = [middleX(there) - middleX(here), there.y - here.y];
    const [gapX, gapY] = [
      gap(here.left, here.right, there.left, there.right),
      gap(here.top, here.bottom, there.top, there.bottom),
    ];
    const along = across ? x * across : y * down;
    const distance = along + (across ? 2 * gapY + Math.abs(y) / 10 : 2 * gapX + Math.abs(x) / 10);
    if (along > 4 && (!best || distance < best.distance)) best = { element, distance };
  }
  return best?.element;
}

/** A state's box; of one with others inside, the part where its name is, as wide as all of it. */
function titleBox(element) {
  const box = element.querySelector(".card").getBoundingClientRect();
  return new DOMRect(box.x, box.y, box.width, Math.min(box.height, 70 * view.scale));
}

function middleX(box) {
  return box.x + box.width / 2;
}

function gap(begin, end, otherBegin, otherEnd) {
  return Math.max(otherBegin - end, begin - otherEnd, 0);
}

/** Mark the chosen node, and no other. */
function drawChosen(node, { reveal = true } = {}) {
  svg.querySelector(".node.chosen")?.classList.remove("chosen");
  const element = node && nodeElements.get(node.number);
  if (!element) return;
  element.classList.add("chosen");
  if (reveal) bringIntoView(element);
}

/** Draw what the visits shown did: all of them, or those of the iterations that were chosen. */
function drawMarks() {
  const { onNodes, onEdges } = marks();
  for (const [number, element] of nodeElements) {
    if (element.classList.contains("state")) drawMark(nodes[number], element, onNodes.get(number));
  }
  const count = (numbers) => numbers.reduce((sum, number) => sum + (onEdges.get(number) || 0), 0);
  for (const [element, numbers] of edgeElements) drawTaken(element, count(numbers));
  for (const [element, numbers] of labelElements) {
    drawTaken(element, count(numbers));
    const lines = element.querySelectorAll("text");
    const isLineForEach = numbers.length > 1 && lines.length === numbers.length;
    if (isLineForEach) numbers.forEach((number, at) => drawCount(lines[at], onEdges.get(number)));
    else if (numbers.length === 1) drawCount(lines[lines.length - 1], onEdges.get(numbers[0]));
    element.style.display = element.textContent ? "" : "none";
  }
}

function drawMark(node, element, mark) {
  element.classList.remove(...severity);
  element.classList.toggle("untouched", !mark);
  if (mark) element.classList.add(mark.status);
  drawBadge(element, mark?.status);
  const notes = element.querySelector(".notes");
  if (notes) notes.textContent = shownIterations.size || story.isLive ? notesOf(node, mark) : notes.dataset.all;
  const words = mark ? `${statusWord(mark.status)}, ${plural(mark.visits, "visit")}` : "not visited";
  element.setAttribute("aria-label", `${node.name}, ${node.type || "no type"}, ${words}`);
}

function notesOf(node, mark) {
  if (!mark) return "";
  const retries = mark.retries ? [mark.retries === 1 ? "1 retry" : `${mark.retries} retries`] : [];
  return [
    ...(mark.visits > 1 ? [`×${mark.visits}`] : []),
    ...retries,
    ...(mark.seconds ? [duration(mark.seconds)] : []),
  ].join(" · ");
}

function drawBadge(element, status) {
  element.querySelector(".badge")?.remove();
  if (!status) return;
  const card = element.querySelector(".card");
  const [x, y, width] = ["x", "y", "width"].map((name) => Number(card.getAttribute(name)));
  const badge = makeSvg("g", { class: "badge", transform: `translate(${x + width - 3} ${y + 3})` });
  badge.append(makeSvg("circle", { r: 8.5 }), makeSvg("path", { d: badges[status] }));
  element.append(badge);
}

function drawTaken(element, count) {
  element.classList.toggle("taken", Boolean(count));
  element.classList.toggle("untouched", !count);
}

/** Set the count at the end of a label, `default ×3`. */
function drawCount(line, count) {
  if (!line) return;
  const words = line.textContent.replace(/\s*×\d+$/, "");
  line.textContent = count > 1 ? `${words} ×${count}`.trim() : words;
}
