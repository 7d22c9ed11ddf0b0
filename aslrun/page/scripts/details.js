// The panel of details: of the execution, or of a state and one of its visits.

const details = document.getElementById("details");

/** What of the panel is closed or open stays so from state to state. */
const openParts = {
  Rules: true,
  Input: true,
  Output: true,
  Changes: false,
  Variables: true,
  Attempts: true,
  Log: true,
  Iterations: true,
  Definition: false,
  Event: true,
};

function part(name, facts, body, copied) {
  const fold = make("details.part", { open: openParts[name], "data-part": name });
  const summary = make("summary", {}, make("span", {}, name), make("span.facts", {}, facts || ""));
  if (copied !== undefined) summary.append(copyButton(name, copied));
  fold.append(summary);
  const fill = () => {
    if (fold.childNodes.length === 1) fold.append(make("div.body", {}, ...[body()].flat()));
  };
  if (fold.open) fill();
  fold.addEventListener("toggle", () => {
    openParts[name] = fold.open;
    if (fold.open) fill();
  });
  return fold;
}

function copyButton(name, copied) {
  const button = make("button", { type: "button", "aria-label": `Copy ${name}` }, "Copy");
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    await copyText(indented(copied));
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1200);
  });
  return button;
}

/** A part with a value; `missing` says why there is none. */
function valuePart(name, number, missing) {
  const json = text(number);
  if (json === null) return missing ? part(name, missing, () => []) : null;
  return part(
    name,
    json.length > 1000 ? `${json.length.toLocaleString("en")} characters` : "",
    () => valueView(json),
    json,
  );
}

function errorBox(error, cause, kind = "") {
  if (error === null && cause === null) return null;
  const box = make(`div.error${kind}`, { role: "note" }, make("strong", {}, error || "no error name given"));
  if (cause !== null) box.append(...causeView(cause));
  return box;
}

/** A cause; of a Lambda function's error its message and its stack. */
function causeView(cause) {
  let told;
  try {
    told = JSON.parse(cause);
  } catch {
    return [make("pre", {}, cause)];
  }
  if (!told || typeof told !== "object" || typeof told.errorMessage !== "string")
    return [make("pre", {}, valueView(cause))];
  const stack = [told.stackTrace, told.trace].find(Array.isArray);
  const message = make("pre", {}, told.errorMessage);
  return stack?.length
    ? [
        message,
        make(
          "details",
          {},
          make("summary", {}, "stack"),
          make("pre", {}, stack.join("\n").replace(/\n\n+/g, "\n")),
        ),
      ]
    : [message];
}

// ---------------------------------------------------------------- the execution

function showExecution(actions) {
  const failed = nodes.filter((node) => shownVisits(node.number).some((visit) => visit.status === "failed"));
  details.replaceChildren(
    make("header", {}, make("h2", {}, "Execution"), statusPill(executionStatus())),
    ...[
      make("div.bits.facts", {}, executionFacts()),
      errorBox(text(story.error), text(story.cause)),
      failed.length
        ? make("div.bits", {}, "Failed:", ...failed.map((node) => stateLink(node, actions)))
        : null,
      story.limits.length ? make("div.bits.limits", {}, `Near limits: ${story.limits.join("; ")}`) : null,
      valuePart("Input", story.input, "not recorded"),
      valuePart("Output", story.output, story.status === "SUCCEEDED" ? "not recorded" : "none"),
    ].filter(Boolean),
  );
}

function stateLink(node, actions) {
  const link = make("button.link", { type: "button" }, node.name);
  link.addEventListener("click", () => {
    const visit = shownVisits(node.number).find((one) => one.status === "failed" && !one.superseded);
    actions.choose({ node, visit: visit || shownVisits(node.number)[0] });
  });
  return link;
}

const EXECUTION_STATUSES = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "failed",
  ABORTED: "aborted",
  RUNNING: "in_progress",
};

function executionStatus() {
  return EXECUTION_STATUSES[story.status];
}

function executionFacts() {
  const own = events.filter((event) => event.run === 0).length;
  const retries = visits.reduce((sum, visit) => sum + Math.max(visit.attempts.length - 1, 0), 0);
  const children = iterations.filter((iteration) => iteration.child).length;
  return [
    story.started === null
      ? ""
      : new Date(story.started * 1000)
          .toISOString()
          .replace("T", " ")
          .replace(/\.?0*Z$/, " UTC"),
    duration(story.seconds),
    plural(own, "event"),
    plural(visits.length, "visit"),
    retries ? (retries === 1 ? "1 retry" : `${retries} retries`) : "",
    children ? plural(children, "child execution") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

// ---------------------------------------------------------------- a state

/** Show a state; `choice` has its node (null for a state that the definition does not have) and the visit. */
function showState(choice, actions) {
  const { node, visit } = choice;
  const all = visit && visit.node < 0 ? [visit] : shownVisits(node.number);
  const title = make(
    "header",
    {},
    make("h2", {}, (node || visit).name),
    make("span.muted", {}, (node || visit).type || ""),
  );
  if (visit) title.append(statusPill(visit.status));
  details.replaceChildren(
    title,
    ...[
      node?.resource ? make("div.facts.mono", {}, node.resource) : null,
      node ? null : make("div.facts", {}, "The definition does not have this state."),
      visit ? aroundLine(visit, actions) : null,
      visit
        ? visitLine(visit, all, actions)
        : make("p.facts", {}, shownIterations.size ? "Not visited in the iteration shown." : "Not visited."),
      ...(visit ? visitParts(visit, choice, actions) : []),
      node ? valuePart("Definition", node.definition) : null,
    ].filter(Boolean),
  );
  details.scrollTop = 0;
}

function visitParts(visit, choice, actions) {
  const [input, output] = [text(visit.input), text(visit.output)];
  const changes = input !== null && output !== null && input !== output ? changesView(input, output) : null;
  const ended =
    visit.status === "in_progress"
      ? "still running"
      : visit.status === "aborted"
        ? "aborted"
        : visit.status === "failed"
          ? "none: it failed"
          : "not recorded";
  return [
    visit.error >= 0 || visit.cause >= 0
      ? errorBox(text(visit.error), text(visit.cause), visit.status === "caught" ? ".is-caught" : "")
      : null,
    behindPart(visit, actions),
    visit.rules ? rulesPart(visit) : null,
    iterationsOf.has(visit.number) ? iterationsPart(visit, actions) : null,
    valuePart("Input", visit.input, cutOff(visit.began, "input") || "not recorded"),
    valuePart("Output", visit.output, ended),
    changes ? part("Changes", "from input to output", () => changes) : null,
    variablesPart(visit),
    visit.attempts.length ? attemptsPart(visit) : null,
    logPart(visit),
    choice.event ? eventPart(choice.event) : null,
  ];
}

/** The error that led to a Fail state: that of the visit before it which a catcher left. */
function behindPart(visit, actions) {
  if (visit.type !== "Fail") return null;
  let before = visits[visit.previous];
  while (before && before.status !== "caught") before = visits[before.previous];
  if (!before) return null;
  const link = make("button.link", { type: "button" }, before.name);
  link.addEventListener("click", () => actions.choose({ node: nodes[before.node] || null, visit: before }));
  return make(
    "div.behind",
    {},
    make("div.bits.facts", {}, "after an error caught in ", link),
    errorBox(text(before.error), text(before.cause), ".is-caught"),
  );
}

/** The rules of a Choice in the order in which they were tried, up to the one that held. */
function rulesPart(visit) {
  const last = visit.rules.at(-1);
  const facts = last[1] === true ? `rule ${visit.rules.length} held` : last[1] === false ? "none held" : "";
  return part("Rules", facts, () =>
    visit.rules.map(([words, held, values], at) =>
      make(
        `div.rule${held === true ? ".held" : ""}`,
        {},
        make("div", {}, `${at + 1}: ${words} `, make("span.facts", {}, heldWord(held))),
        ...values.map(([path, value]) =>
          make("div.mono.compared", {}, `${path} is `, value < 0 ? "not there" : short(text(value))),
        ),
      ),
    ),
  );
}

function heldWord(held) {
  return held === true ? "holds" : held === false ? "does not hold" : "not known";
}

function cutOff(event, field) {
  return events[event]?.more[`${field}Details`]?.truncated ? "cut off" : "";
}

/** Where a visit lies: the states around it, and the iterations of Maps. */
function aroundLine(visit, actions) {
  const places = [];
  for (
    let around = visits[visit.container], inner = visit;
    around;
    inner = around, around = visits[around.container]
  ) {
    const iteration = inner.iteration < 0 ? null : iterations[inner.iteration];
    const link = make(
      "button.link",
      { type: "button" },
      around.name + (iteration ? ` ${iterationWord(iteration)}` : ""),
    );
    const container = around;
    link.addEventListener("click", () => {
      if (iteration) actions.showIteration(iteration);
      actions.choose({ node: nodes[container.node] || null, visit: container });
    });
    places.unshift(link, " ›");
  }
  return places.length ? make("div.bits", {}, make("span.facts", {}, "in"), ...places.slice(0, -1)) : null;
}

/** Which of the visits it is, when it began and how long it took; buttons for the one before and after. */
function visitLine(visit, all, actions) {
  const at = all.indexOf(visit);
  const start = events[visit.began].time;
  const facts = [
    start === null ? "" : `at ${duration(start)}`,
    secondsOf(visit) === null
      ? ""
      : visit.status === "in_progress"
        ? `for ${duration(secondsOf(visit))} so far`
        : `took ${duration(secondsOf(visit))}`,
    visit.attempts.length > 1 ? plural(visit.attempts.length, "attempt") : "",
    visit.superseded ? "in an attempt that was tried again" : "",
  ]
    .filter(Boolean)
    .join(" · ");
  const line = make("div.bits", { "data-visits": all.length }, make("span.facts", {}, facts));
  if (all.length < 2) return line;
  const go = (to) => actions.choose({ node: nodes[visit.node] || null, visit: all[to] });
  const number = make("input", {
    type: "number",
    min: 1,
    max: all.length,
    value: at + 1,
    "aria-label": "Visit",
  });
  number.addEventListener("change", () =>
    go(Math.min(Math.max(Number(number.value) || 1, 1), all.length) - 1),
  );
  line.prepend(
    stepButton("‹", "Visit before ( [ )", at > 0, () => go(at - 1)),
    make("span", {}, "Visit "),
    number,
    make("span", {}, ` of ${all.length.toLocaleString("en")}`),
    stepButton("›", "Next visit ( ] )", at < all.length - 1, () => go(at + 1)),
  );
  const failed = [...all.slice(at + 1), ...all.slice(0, at)].find(
    (one) => one.status === "failed" || one.status === "caught",
  );
  if (failed)
    line.append(
      stepButton("next error", "The next visit that failed or was caught", true, () =>
        go(all.indexOf(failed)),
      ),
    );
  return line;
}

function stepButton(words, title, enabled, click) {
  const button = make("button", { type: "button", title, disabled: !enabled, "aria-label": title }, words);
  button.addEventListener("click", click);
  return button;
}

/** The variables in reach in a state, and what it assigned. */
function variablesPart(visit) {
  const before = variablesAt(visit.variables);
  const assigned = visit.assigned === visit.variables ? {} : story.variables[visit.assigned][1];
  if (!before.size && !Object.keys(assigned).length) return null;
  const object = (entries) =>
    `{${entries.map(([name, number]) => `${JSON.stringify(name)}:${text(number)}`).join(",")}}`;
  const known = object([...before].sort(([one], [other]) => (one < other ? -1 : 1)));
  return part(
    "Variables",
    plural(before.size, "variable"),
    () =>
      [
        before.size ? valueView(known) : null,
        Object.keys(assigned).length ? make("div.facts", {}, "assigned here:") : null,
        Object.keys(assigned).length ? valueView(object(Object.entries(assigned))) : null,
      ].filter(Boolean),
    known,
  );
}

function variablesAt(row) {
  const found = new Map();
  for (let at = row; at >= 0; at = story.variables[at][0]) {
    for (const [name, number] of Object.entries(story.variables[at][1]))
      if (!found.has(name)) found.set(name, number);
  }
  return found;
}

function attemptsPart(visit) {
  const count = visit.attempts.length;
  return part("Attempts", count > 1 ? `${count}` : "", () =>
    visit.attempts.map((attempt, at) => attemptView(visit, attempt, at)),
  );
}

function attemptView(visit, [began, ended, error, cause, log], at) {
  const start = events[began];
  const end = ended < 0 ? null : events[ended];
  const given = start.texts.input ?? start.texts.parameters ?? -1;
  const result = end && error < 0 ? (end.texts.output ?? -1) : -1;
  const status =
    error >= 0 ? "failed" : end ? "succeeded" : visit.status === "in_progress" ? "in_progress" : "aborted";
  const times =
    start.time === null
      ? ""
      : ` at ${duration(start.time)}, ${duration(Math.max((end ? end.time : endTime(visit)) - start.time, 0))}`;
  return make(
    "details",
    { open: visit.attempts.length === 1, "data-attempt": at + 1 },
    make("summary", {}, sign(status), ` ${at + 1}: ${statusWord(status)}${times}`),
    ...[
      error >= 0 && visit.attempts.length > 1 ? errorBox(text(error), text(cause)) : null,
      given >= 0 ? make("div.facts", {}, "arguments") : null,
      given >= 0 ? valueView(text(given)) : null,
      result >= 0 ? make("div.facts", {}, "result") : null,
      result >= 0 ? valueView(text(result)) : null,
      visit.attempts.length > 1 && log >= 0 ? make("pre.log", {}, text(log)) : null,
    ].filter(Boolean),
  );
}

/** What the function printed in all attempts. */
function logPart(visit) {
  const logs = visit.attempts
    .map(([, , , , log], at) => [at + 1, text(log)])
    .filter(([, log]) => log !== null);
  if (!logs.length) return null;
  const all = logs
    .map(([at, log]) => (visit.attempts.length > 1 ? `— attempt ${at} —\n${log}` : log))
    .join("\n");
  return part(
    "Log",
    plural(all.split("\n").length, "line"),
    () => make("pre.log", { tabIndex: 0 }, all),
    all,
  );
}

function eventPart(event) {
  const long = Object.entries(event.texts).map(([field, number]) => [field, text(number)]);
  return part("Event", `${event.id} ${event.type}`, () =>
    [
      Object.keys(event.more).length ? valueView(JSON.stringify(event.more)) : null,
      ...long.flatMap(([field, json]) => [make("div.facts", {}, field), valueView(json)]),
    ].filter(Boolean),
  );
}
