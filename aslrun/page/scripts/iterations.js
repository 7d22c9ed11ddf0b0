// Iterations of Maps: the list in a Map's details, and the bar over the drawing.

/** The iterations of a Map's visit: those that failed first, with a filter. */
function iterationsPart(visit, actions) {
  const all = iterationsOf.get(visit.number);
  const counts = ["failed", "in_progress", "aborted", "succeeded"]
    .map((status) => [all.filter((one) => one.status === status).length, status])
    .filter(([count]) => count)
    .map(([count, status]) => `${count.toLocaleString("en")} ${statusWord(status)}`);
  return part("Iterations", counts.join(", "), () => {
    const shown = shownIterations.get(visit.node);
    const filter = make("input", {
      type: "search",
      placeholder: "number or status",
      "aria-label": "Filter iterations",
    });
    const list = new WindowedList("Iterations", {
      draw: drawIteration,
      choose: (iteration) => actions.showIteration(iteration),
    });
    const show = () => list.show(sortedIterations(all, filter.value), (iteration) => iteration === shown);
    filter.addEventListener("input", show);
    const every = stepButton("All", "Show all iterations", shown !== undefined, () =>
      actions.showAllIterations(visit.node),
    );
    show();
    const box = make("div.pick", {}, list.element);
    box.style.height = `${Math.min(all.length, 8) * ROW + 6}px`;
    if (shown) requestAnimationFrame(() => list.reveal(list.selected));
    return [make("div.bits", {}, filter, every), box];
  });
}

function drawIteration(row, iteration) {
  const given = inputOf(iteration);
  row.append(
    sign(iteration.status),
    make("span", {}, iterationWord(iteration)),
    make("span.facts.mono", {}, given === null ? statusWord(iteration.status) : short(given, 90)),
    make("span.facts", {}, duration(secondsOf(iteration))),
  );
  row.setAttribute("aria-label", `Iteration ${iterationWord(iteration)}, ${statusWord(iteration.status)}`);
}

/** The input of an iteration: that of its first state. */
function inputOf(iteration) {
  const first = firstVisits.get(iteration.number);
  return first === undefined ? null : text(first.input);
}

let firstVisits;
readers.push(() => {
  firstVisits = new Map();
  for (const visit of visits) {
    if (visit.iteration >= 0 && !firstVisits.has(visit.iteration)) firstVisits.set(visit.iteration, visit);
  }
});

function sortedIterations(all, words) {
  const wanted = words.trim().toLowerCase().replace(/^#/, "");
  const fits = (one) =>
    !wanted ||
    statusWord(one.status).startsWith(wanted) ||
    String(one.index).startsWith(wanted) ||
    (isNaN(wanted) && (inputOf(one) || "").toLowerCase().includes(wanted));
  const exact = (one) => (String(one.index) === wanted ? 0 : 1);
  return all
    .filter(fits)
    .sort(
      (one, other) =>
        exact(one) - exact(other) ||
        severity.indexOf(one.status) - severity.indexOf(other.status) ||
        one.number - other.number,
    );
}

/** The bar over the drawing: of each Map which iteration is shown, and others to show. */
function showChoices(actions) {
  const maps = nodes.filter((node) =>
    (visitsOf.get(node.number) || []).some((visit) => iterationsOf.has(visit.number)),
  );
  document.getElementById("choices").replaceChildren(...maps.map((node) => mapChoice(node, actions)));
}

function mapChoice(node, actions) {
  const all = shownVisits(node.number).flatMap((visit) => iterationsOf.get(visit.number) || []);
  if (all.length < 2 && !shownIterations.has(node.number)) return "";
  const shown = shownIterations.get(node.number);
  const at = all.indexOf(shown);
  const number = make("input", {
    type: "text",
    inputMode: "numeric",
    value: shown ? `#${shown.index}` : "all",
    "aria-label": `Iteration of ${node.name}`,
  });
  number.addEventListener("focus", () => number.select());
  number.addEventListener("change", () => {
    const wanted = number.value.replace("#", "").trim();
    const found = all.filter((one) => String(one.index) === wanted);
    if (found.length) actions.showIteration(found.find((one) => !one.superseded) || found[0]);
    else if (wanted === "" || wanted === "all") actions.showAllIterations(node.number);
    else showChoices(actions);
  });
  return make(
    "div.picker",
    { "data-map": node.id },
    make("span", {}, node.name),
    number,
    make("span.facts", {}, `of ${all.length.toLocaleString("en")}`),
    stepButton("‹", "Iteration before", at > 0, () => actions.showIteration(all[at - 1])),
    stepButton("›", "Next iteration", at < all.length - 1, () => actions.showIteration(all[at + 1])),
    shown
      ? stepButton("All", "Show all iterations", true, () => actions.showAllIterations(node.number))
      : null,
  );
}
