// Evaluates one expression a line: {"expression", "variables"} → {"value"}, {"undefined": true} or {"error"}.
const jsonata = require("jsonata");
const lines = require("readline").createInterface({ input: process.stdin });

function outgoing(key, value) {
  if (typeof value === "function" || (value && (value._jsonata_lambda || value._jsonata_function))) {
    return undefined;
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return String(value);
  }
  return value;
}

async function answer(line) {
  const { expression, variables } = JSON.parse(line);
  try {
    const value = await jsonata(expression).evaluate(undefined, variables);
    const text = JSON.stringify(value, outgoing);
    return text === undefined ? '{"undefined":true}' : `{"value":${text}}`;
  } catch (error) {
    return JSON.stringify({ error: error.code || `JavaScript: ${error.message}` });
  }
}

(async () => {
  for await (const line of lines) {
    process.stdout.write((await answer(line)) + "\n");
  }
})();
