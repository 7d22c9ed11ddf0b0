// What both pages of the console do: ask the server, follow it, and take what is written in dialogs.

/** The server's token, without which it does nothing for a page. */
let consoleToken = "";

/** Do one of the API's operations; an Error with what the server says where it is refused. */
async function call(operation, members) {
  const response = await fetch(`/console/call/${operation}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-aslrun-console": consoleToken },
    body: JSON.stringify(members),
  });
  const told = await response.json();
  if (!response.ok) throw new Error(told.message || told.__type);
  return told;
}

/** Read some of the console's data; null where the server does not answer, or has none. */
async function read(what, asked) {
  const given = Object.entries(asked).filter(([, value]) => value);
  try {
    const response = await fetch(`/console/${what}?${new URLSearchParams(given)}`);
    const told = response.ok ? await response.json() : null;
    if (told?.token) consoleToken = told.token;
    return told;
  } catch {
    return null;
  }
}

/** Call `changed` whenever the server says that something has. A page that nobody sees is not told: a browser
    has few connections to one server. */
function follow(asked, changed) {
  const connection = document.getElementById("connection");
  let source = null;
  const close = () => {
    source?.close();
    source = null;
  };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(`/console/events?${new URLSearchParams(asked)}`);
    source.addEventListener("open", () => {
      connection.textContent = "";
    });
    source.addEventListener("message", changed);
    source.addEventListener("error", () => {
      connection.textContent = "the server does not answer";
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 3000);
      }
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

/** Return what calls `load` so that it runs once at a time, and leaves the server time for other things. */
function seldom(load) {
  let isLoading = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isLoading) return;
    isLoading = true;
    while (isWanted) {
      isWanted = false;
      const began = performance.now();
      await load();
      const pause = Math.max(150, 4 * (performance.now() - began));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    isLoading = false;
  };
}

// ---------------------------------------------------------------- dialogs

/** Let a dialog's form do something when it is sent; what is wrong with that is said in it. */
function onSubmit(dialog, act) {
  const form = dialog.querySelector("form");
  const told = form.querySelector("[role=alert]");
  const button = form.querySelector("[type=submit]");
  form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "";
    button.disabled = true;
    try {
      await act(form.elements);
      dialog.close();
    } catch (wrong) {
      told.textContent = wrong.message;
    }
    button.disabled = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

function openDialog(dialog) {
  dialog.querySelector("[role=alert]").textContent = "";
  dialog.showModal();
}

/** Say below a field of JSON what is wrong with it, while it is written; return what checks it. */
function checkJson(field) {
  const told = document.getElementById(field.getAttribute("aria-describedby"));
  const check = () => {
    told.textContent = "";
    try {
      JSON.parse(field.value);
    } catch (wrong) {
      told.textContent = `no JSON: ${wrong.message}`;
    }
    field.setAttribute("aria-invalid", told.textContent !== "");
    return told.textContent === "";
  };
  field.addEventListener("input", check);
  return check;
}

/** What is wanted of a form's field: its text, nothing where it is empty. */
function given(field) {
  return field.value.trim() || undefined;
}

// ---------------------------------------------------------------- starting

const startDialog = document.getElementById("start");
let startedMachine = null;

/** Ask for the input of a new execution of a machine, and start it. */
function askToStart(arn, input) {
  const form = startDialog.querySelector("form");
  if (startedMachine !== arn || input !== undefined) form.elements.input.value = input ?? "{}";
  startedMachine = arn;
  form.querySelector("[data-machine]").textContent = arn;
  form.elements.name.value = "";
  openDialog(startDialog);
  form.elements.input.dispatchEvent(new Event("input"));
  form.elements.input.focus();
  form.elements.input.setSelectionRange(0, 0);
}

const isInputJson = checkJson(startDialog.querySelector("textarea"));
onSubmit(startDialog, async ({ input, name }) => {
  if (!isInputJson()) throw new Error("The input must be JSON.");
  const members = { stateMachineArn: startedMachine, input: input.value, name: given(name) };
  const { executionArn } = await call("StartExecution", members);
  location.assign(pageOf(executionArn));
});

/** The address of an execution's page. */
function pageOf(arn) {
  return `/console/execution?${new URLSearchParams({ arn })}`;
}
