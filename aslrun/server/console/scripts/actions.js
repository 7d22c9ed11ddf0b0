// What can be done with an execution: stop it, redrive it, answer its task tokens, start another one.

const stopButton = document.getElementById("stop-it");
const redriveButton = document.getElementById("redrive-it");
const answerButton = document.getElementById("answer-token");
const startAgain = document.getElementById("start-again");
const stopDialog = document.getElementById("stop");
const redriveDialog = document.getElementById("redrive");
const answerDialog = document.getElementById("answer");
const answerForm = answerDialog.querySelector("form").elements;

/** Show what can be done with the execution as it is now. */
function showActions() {
  const { status, tokens, redriveStatus, redriveStatusReason } = story.console;
  stopButton.disabled = status !== "RUNNING";
  redriveButton.disabled = redriveStatus !== "REDRIVABLE";
  redriveButton.title =
    redriveStatus === "REDRIVABLE" ? "Redrive the execution (r)" : redriveStatusReason || "It cannot be redriven";
  answerButton.hidden = tokens.length === 0;
  answerButton.textContent = tokens.length > 1 ? `Answer one of ${tokens.length} tokens…` : "Answer a token…";
}

function tokenWords({ state, place, resource, token }) {
  const service = resource.split(":").slice(5).join(":");
  return `${state}${place ? ` ${place}` : ""} · ${service} · ${token.slice(0, 8)}`;
}

/** Ask how a task has ended that waits for it: the first one, or that of the state chosen. */
function askToAnswer() {
  const { tokens } = story.console;
  if (!tokens.length) return;
  const options = tokens.map((one) => make("option", { value: one.token }, tokenWords(one)));
  answerForm.token.replaceChildren(...options);
  const chosen = tokens.find((one) => one.state === current.node?.name) || tokens[0];
  answerForm.token.value = chosen.token;
  openDialog(answerDialog);
  answerForm.output.focus();
}

function showHow() {
  for (const part of answerDialog.querySelectorAll("[data-how]"))
    part.hidden = part.dataset.how !== answerForm.how.value;
}

for (const how of answerForm.how) how.addEventListener("change", showHow);
const isOutputJson = checkJson(answerForm.output);
onSubmit(answerDialog, async ({ token, how, output, error, cause }) => {
  if (how.value === "failure") {
    await call("SendTaskFailure", { taskToken: token.value, error: given(error), cause: given(cause) });
    return;
  }
  if (!isOutputJson()) throw new Error("The output must be JSON.");
  await call("SendTaskSuccess", { taskToken: token.value, output: output.value });
});
onSubmit(stopDialog, async ({ error, cause }) => {
  const { arn } = story.console;
  await call("StopExecution", { executionArn: arn, error: given(error), cause: given(cause) });
});
onSubmit(redriveDialog, () => call("RedriveExecution", { executionArn: story.console.arn }));

answerButton.addEventListener("click", askToAnswer);
stopButton.addEventListener("click", () => openDialog(stopDialog));
redriveButton.addEventListener("click", () => openDialog(redriveDialog));
startAgain.addEventListener("click", () =>
  askToStart(story.console.stateMachineArn, indented(text(story.input) ?? "{}")),
);

const OWN_KEYS = {
  a: [() => !answerButton.hidden && askToAnswer(), "answer a task token"],
  s: [() => stopButton.click(), "stop the execution"],
  r: [() => redriveButton.click(), "redrive it"],
  n: [() => startAgain.click(), "start another one"],
  l: [() => location.assign("/"), "all executions"],
};
for (const [key, [act, words]] of Object.entries(OWN_KEYS)) {
  KEYS[key] = act;
  document
    .querySelector("#keys dl")
    .append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, words));
}
