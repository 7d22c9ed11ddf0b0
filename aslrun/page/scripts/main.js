// What is chosen, the address that says so, keys, tabs, and the panes' sizes.

/** What is chosen: a node and one of its visits, perhaps by an event; nothing means the whole execution. */
const current = { node: null, visit: null, event: null };

const actions = {
  choose({ node, visit, event = null }, { reveal = true } = {}) {
    const around = visit && !isShown(visit) ? iterationsAround(visit).at(-1) : null;
    if (around) showIteration(around);
    Object.assign(current, { node, visit, event });
    if (visit) openAround(visit);
    showAll({ reveal });
  },
  chooseNode(node) {
    actions.choose({ node, visit: tellingVisit(shownVisits(node.number)) }, { reveal: false });
  },
  chooseEvent(event) {
    const visit = event.visit < 0 ? null : visits[event.visit];
    Object.assign(current, { node: (visit && nodes[visit.node]) || null, visit, event });
    if (visit) openAround(visit);
    showAll({ events: false });
  },
  showIteration(iteration) {
    showIteration(iteration);
    // The state chosen stays if the iteration has it; else the Map is chosen.
    const map = visits[iteration.map];
    const isInside =
      current.node && current.node.number !== map.node && isWithin(current.node, nodes[map.node]);
    const visit = isInside ? tellingVisit(shownVisits(current.node.number)) : map;
    Object.assign(current, { node: isInside ? current.node : nodes[map.node] || null, visit, event: null });
    if (visit) openAround(visit);
    showAll();
  },
  showAllIterations(node) {
    showAllIterations(node);
    showAll();
  },
  leave() {
    Object.assign(current, { node: null, visit: null, event: null });
    showAll();
  },
};

function isWithin(node, container) {
  for (let at = node; at; at = nodes[at.container]) if (at === container) return true;
  return false;
}

/** The visit to show first: the first that went wrong, of the attempts that count. */
function tellingVisit(found) {
  const counting = found.filter((visit) => !visit.superseded);
  const from = counting.length ? counting : found;
  const status = worst(from.map((visit) => visit.status));
  return from.find((visit) => visit.status === status) || null;
}

let drawnIterations = null;

function showAll({ events: withEvents = true, reveal = true } = {}) {
  const shown = [...shownIterations.values()].map((iteration) => iteration.number).join();
  if (shown !== drawnIterations) {
    drawMarks();
    keepingFocus(document.getElementById("choices"), () => showChoices(actions));
    drawnIterations = shown;
  }
  drawChosen(current.node, { reveal });
  keepingFocus(details, showDetails);
  if (withEvents) showEvents({ reveal: true });
  else eventList.render(true);
  if (!document.getElementById("timeline").hidden) showTimeline({ reveal: true });
  writeAddress();
}

function showDetails() {
  if (current.node || current.visit) {
    showState(current, actions);
    return;
  }
  showExecution(actions);
  if (current.event) details.append(eventPart(current.event));
}

/** Draw the inside of an element anew, and give the focus to what has the name of what had it before. */
function keepingFocus(element, draw) {
  const name = element.contains(document.activeElement)
    ? document.activeElement.getAttribute("aria-label")
    : null;
  draw();
  if (name === null) return;
  const again = [...element.querySelectorAll("[aria-label]")].find(
    (one) => one.getAttribute("aria-label") === name,
  );
  if (again && !again.disabled) again.focus();
}

// ---------------------------------------------------------------- address

/** `#state=/States/Pay&iteration=3&visit=2`: the indexes of the iterations shown from outside in. */
function writeAddress() {
  const said = new URLSearchParams();
  if (current.node) said.set("state", current.node.id);
  const shown = innermostShown();
  if (shown)
    said.set(
      "iteration",
      pathOf(shown)
        .map((one) => (one.superseded ? `${one.index}.${one.attempt}` : one.index))
        .join("/"),
    );
  const all = current.node ? shownVisits(current.node.number) : [];
  if (current.visit && all.length > 1) said.set("visit", all.indexOf(current.visit) + 1);
  const address = said.toString().replaceAll("%2F", "/");
  history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
}

/** The iteration shown around the node chosen, else the first one shown. */
function innermostShown() {
  for (let at = current.node; at; at = nodes[at.container]) {
    if (shownIterations.has(at.number)) return shownIterations.get(at.number);
  }
  return [...shownIterations.values()].sort((one, other) => pathOf(other).length - pathOf(one).length)[0];
}

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const node = nodes[nodeNumbers.get(said.get("state"))] || null;
  shownIterations.clear();
  const iteration = said.has("iteration") ? iterationAt(said.get("iteration"), node) : null;
  if (iteration) showIteration(iteration);
  const found = node ? shownVisits(node.number) : [];
  const visit = found[Number(said.get("visit")) - 1] || tellingVisit(found);
  Object.assign(current, { node, visit: node ? visit : null, event: null });
  if (current.visit) openAround(current.visit);
  showAll();
}

/** Choose the state that failed: the last one to do so, and of those around each other the innermost. */
function openAtFailure() {
  if (executionStatus() !== "failed") return;
  const failed = visits.filter((visit) => visit.status === "failed" && !visit.superseded && visit.node >= 0);
  const around = new Set(failed.map((visit) => visit.container));
  const innermost = failed.filter((visit) => !around.has(visit.number));
  const visit = innermost.reduce((last, one) => (last && last.ended >= one.ended ? last : one), null);
  if (!visit) return;
  Object.assign(current, { node: nodes[visit.node], visit });
  openAround(visit);
  showAll();
}

function iterationAt(path, node) {
  const word = (one) => (one.superseded ? `${one.index}.${one.attempt}` : String(one.index));
  return (
    iterations.find(
      (one) => pathOf(one).map(word).join("/") === path && (!node || isWithin(node, nodes[mapNode(one)])),
    ) || null
  );
}

// ---------------------------------------------------------------- keys, tabs, panes

const tabs = [document.getElementById("tab-events"), document.getElementById("tab-timeline")];

function openTab(tab) {
  for (const one of tabs) {
    const isOpen = one === tab;
    const name = one.getAttribute("aria-controls");
    one.setAttribute("aria-selected", isOpen);
    one.tabIndex = isOpen ? 0 : -1;
    document.getElementById(name).hidden = !isOpen;
    document.querySelector(`[data-for=${name}]`).hidden = !isOpen;
  }
  if (tab === tabs[1]) showTimeline({ reveal: true });
}

function stepVisit(by) {
  if (!current.node || !current.visit) return;
  const all = shownVisits(current.node.number);
  const visit = all[all.indexOf(current.visit) + by];
  if (visit) actions.choose({ node: current.node, visit });
}

function focusFilter() {
  openTab(tabs[0]);
  filterInput.focus();
  filterInput.select();
}

const KEYS = {
  "/": focusFilter,
  "?": () => document.getElementById("keys").showModal(),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: fit,
  "[": () => stepVisit(-1),
  "]": () => stepVisit(1),
  e: () => openTab(tabs[0]),
  t: () => openTab(tabs[1]),
  Escape: () => actions.leave(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** Let a bar between panes be dragged, or moved by arrow keys. */
function splitter(id, variable, sizeAt) {
  const bar = document.getElementById(id);
  const main = document.getElementById("main");
  const set = (size) => {
    main.style.setProperty(variable, `${Math.max(size, 120)}px`);
    if (view.fitted) fit();
    else showView();
  };
  bar.addEventListener("pointerdown", (down) => {
    bar.setPointerCapture(down.pointerId);
    bar.onpointermove = (event) => set(sizeAt(event.clientX, event.clientY, main.getBoundingClientRect()));
  });
  bar.addEventListener("lostpointercapture", () => {
    bar.onpointermove = null;
  });
  bar.addEventListener("keydown", (event) => {
    if (!(event.key in DIRECTIONS)) return;
    const box = bar.getBoundingClientRect();
    const [across, down] = DIRECTIONS[event.key];
    set(sizeAt(box.x + 3 + across * 24, box.y + 3 + down * 24, main.getBoundingClientRect()));
    event.preventDefault();
  });
}

function listen() {
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", readAddress);
  new ResizeObserver(() => (view.fitted ? fit() : showView())).observe(drawing);
  filterInput.addEventListener("input", () => showEvents());
  filterInput.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      eventList.element.focus();
      event.preventDefault();
    }
  });
  for (const box of [onlyFailures, onlyChosen]) box.addEventListener("change", () => showEvents());
  axis.addEventListener("change", () => showTimeline());
  for (const tab of tabs) {
    tab.addEventListener("click", () => openTab(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      const other = tabs[1 - tabs.indexOf(tab)];
      openTab(other);
      other.focus();
    });
  }
  const clicks = {
    overview: () => actions.leave(),
    help: KEYS["?"],
    "zoom-in": KEYS["+"],
    "zoom-out": KEYS["-"],
    "zoom-fit": fit,
    "open-all": () => {
      closedBars.clear();
      showTimeline();
    },
    "close-all": () => {
      for (const { part, hasInside } of barRows()) if (hasInside) closedBars.add(part);
      showTimeline();
    },
  };
  for (const [id, act] of Object.entries(clicks)) document.getElementById(id).addEventListener("click", act);
}

function showTop() {
  const pill = document.getElementById("status");
  pill.className = `status is-${executionStatus()}`;
  pill.replaceChildren(sign(executionStatus()), statusWord(story.status.toLowerCase()));
  const error = text(story.error);
  document.getElementById("facts").textContent = [executionFacts(), error].filter(Boolean).join(" · ");
}

takeStory(JSON.parse(document.getElementById("story").textContent));
readDrawing(actions.chooseNode);
listenToPointers();
makeEvents(actions);
makeTimeline(actions);
listen();
splitter("split-x", "--details", (x, y, box) => box.right - x - 3);
splitter("split-y", "--lower", (x, y, box) => box.bottom - y - 3);
showTop();
showChoices(actions);
openView();
readAddress();
if (!location.hash) openAtFailure();
document.documentElement.dataset.ready = "true";
