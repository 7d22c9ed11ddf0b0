// The list: machines on the left, executions on the right, with filters; live.

const STATUSES = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "failed",
  ABORTED: "aborted",
  RUNNING: "in_progress",
};

const lists = JSON.parse(document.getElementById("data").textContent);
badges = lists.badges;
consoleToken = lists.token;
lists.loaded = performance.now();

const nameFilter = document.getElementById("filter");
const statusFilter = document.getElementById("status-filter");
const machineFilter = document.getElementById("machine-filter");
const startButton = document.getElementById("start-one");
const drawn = document.getElementById("drawn");

/** The ARN of the machine whose executions are shown, "" for all of them. */
let chosenMachine = new URLSearchParams(location.search).get("machine") || "";

// ---------------------------------------------------------------- machines

const machineList = new WindowedList("State machines", {
  kind: ".machines",
  draw: drawMachine,
  choose: (machine) => chooseMachine(machine.arn),
});
drawn.before(machineList.element);

function drawMachine(row, machine) {
  const running = machine.running ? `${machine.running.toLocaleString("en")} running` : "";
  row.append(
    make("span", {}, machine.name),
    make("span.facts", {}, machine.type === "EXPRESS" ? "express" : ""),
    make("span.facts", {}, machine.status === "DELETING" ? "deleting" : running),
  );
  row.title = machine.arn || "Of all state machines";
}

function showMachines() {
  const word = machineFilter.value.trim().toLowerCase();
  const found = lists.machines.filter((one) => one.name.toLowerCase().includes(word));
  const all = { arn: "", name: "All state machines", type: "", running: 0 };
  machineList.show([all, ...found], (one) => one.arn === chosenMachine);
}

function machineOf(arn) {
  return lists.machines.find((one) => one.arn === arn);
}

function chooseMachine(arn) {
  chosenMachine = arn;
  showWhose();
  load();
}

/** Show whose executions are listed, and the machine's drawing. */
function showWhose() {
  const machine = machineOf(chosenMachine);
  document.getElementById("whose").textContent = machine ? machine.name : "All executions";
  startButton.disabled = !machine || machine.status === "DELETING";
  const address = machine ? `/console/graph?${new URLSearchParams({ arn: machine.arn })}` : "";
  const image = drawn.querySelector("img");
  if (image.getAttribute("src") !== address) {
    drawn.hidden = !address;
    if (address) {
      image.src = address;
      image.alt = `The graph of ${machine.name}`;
    } else image.removeAttribute("src");
  }
  const said = Object.entries(filters()).filter(([, value]) => value);
  const words = new URLSearchParams(said).toString();
  history.replaceState(null, "", words ? `?${words}` : location.pathname);
}

// ---------------------------------------------------------------- executions

const executionList = new WindowedList("Executions", {
  kind: ".executions",
  draw: drawExecution,
  choose: (execution) => location.assign(pageOf(execution.arn)),
});
const headings = ["status", "name", "state machine", "started, UTC", "took", "error"].map((word, at) =>
  make(at === 4 ? "span.number" : "span", {}, word),
);
const nothing = make("div.empty", { hidden: true });
document
  .getElementById("executions")
  .append(
    make("div.row.heads.executions", { "aria-hidden": "true" }, ...headings),
    nothing,
    executionList.element,
  );

function drawExecution(row, execution) {
  const status = STATUSES[execution.status];
  const machine = machineOf(execution.machine)?.name || execution.machine.split(":").at(-1);
  const again = execution.redrives ? `, redriven ${plural(execution.redrives, "time")}` : "";
  row.append(
    make("span", {}, sign(status), statusWord(execution.status.toLowerCase())),
    make("a", { href: pageOf(execution.arn), tabIndex: -1 }, execution.name),
    make("span.muted", {}, machine),
    make("span.muted", {}, new Date(execution.started * 1000).toISOString().slice(0, 19).replace("T", " ")),
    make("span.number.muted", {}, tookWords(execution)),
    make("span.muted", {}, [execution.error || "", again.slice(execution.error ? 0 : 2)].join("")),
  );
  row.title = execution.arn;
}

/** How long an execution took; of one that runs, in whole seconds, how long it has so far. */
function tookWords({ started, stopped }) {
  if (stopped !== null) return duration(stopped - started);
  const since = ((performance.now() - lists.loaded) / 1000) * lists.about.scale;
  return duration(Math.max(Math.floor(lists.now + since - started), 0));
}

function filters() {
  return { machine: chosenMachine, status: statusFilter.value, name: nameFilter.value.trim() };
}

function showExecutions() {
  const chosen = executionList.items[executionList.selected]?.arn;
  executionList.show(lists.executions, (one) => one.arn === chosen);
  const count = plural(lists.executions.length, "execution");
  document.getElementById("count").textContent = lists.next ? `the last ${count}` : count;
  nothing.hidden = lists.executions.length > 0;
  const { status, name } = filters();
  nothing.textContent =
    status || name ? "No execution fits the filters." : "There are no executions here yet.";
}

/** Load the lists anew: as many executions as are there already. */
const load = seldom(async () => {
  const asked = filters();
  const told = await read("lists", asked);
  if (!told) return;
  while (told.next && told.executions.length < lists.executions.length) {
    const more = await read("executions", { ...asked, after: told.next });
    if (!more) return;
    told.executions.push(...more.executions);
    told.next = more.next;
  }
  if (JSON.stringify(asked) !== JSON.stringify(filters())) return;
  Object.assign(lists, told, { loaded: performance.now() });
  showMachines();
  showWhose();
  showExecutions();
});

/** Load the next part, when the end of the list comes into view. */
const loadMore = seldom(async () => {
  const asked = filters();
  const more = lists.next && (await read("executions", { ...asked, after: lists.next }));
  if (!more || JSON.stringify(asked) !== JSON.stringify(filters())) return;
  lists.executions.push(...more.executions);
  lists.next = more.next;
  showExecutions();
});

executionList.element.addEventListener("scroll", () => {
  const { scrollTop, clientHeight, scrollHeight } = executionList.element;
  if (lists.next && scrollTop + 2 * clientHeight > scrollHeight) loadMore();
});

function filtersChanged() {
  lists.executions = [];
  lists.next = null;
  showWhose();
  load();
}

// ---------------------------------------------------------------- keys

function focusOn(field) {
  field.focus();
  field.select();
}

const KEYS = {
  "/": () => focusOn(nameFilter),
  m: () => focusOn(machineFilter),
  n: () => startButton.click(),
  "?": () => document.getElementById("keys").showModal(),
  Escape: () => chooseMachine(""),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
nameFilter.addEventListener("input", filtersChanged);
statusFilter.addEventListener("change", filtersChanged);
machineFilter.addEventListener("input", showMachines);
for (const [field, list] of [
  [nameFilter, executionList],
  [machineFilter, machineList],
])
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    list.element.focus();
    event.preventDefault();
  });
startButton.addEventListener("click", () => askToStart(chosenMachine));
document.getElementById("help").addEventListener("click", KEYS["?"]);

const asked = new URLSearchParams(location.search);
nameFilter.value = asked.get("name") || "";
statusFilter.value = asked.get("status") || "";
document.getElementById("about").textContent =
  `kept in ${lists.about.store}${lists.about.time === "virtual" ? " · virtual time" : ""}`;
showMachines();
showWhose();
showExecutions();
follow({}, load);
setInterval(() => {
  if (lists.about.scale && lists.executions.some((one) => one.stopped === null)) executionList.render(true);
}, 1000);
document.documentElement.dataset.ready = "true";
