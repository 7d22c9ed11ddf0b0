// JSON values as trees that fold; numbers as they were written, not as a double would round them.

const AT_ONCE = 50;
const OPEN_LINES = 40;
const LONG_STRING = 1500;

/** A number as it stands in the text. */
class Digits {
  constructor(source) {
    this.source = source;
  }
}

function parsed(json) {
  return JSON.parse(json, (key, value, context) =>
    typeof value === "number" && context?.source !== undefined ? new Digits(context.source) : value,
  );
}

/** The element for JSON text; text that is no JSON (it was cut off, or is a log) stays as it is. */
function valueView(json) {
  let value;
  try {
    value = parsed(json);
  } catch {
    return make("div.value", {}, shortenedText(json));
  }
  return make("div.value", {}, tree(value, { lines: OPEN_LINES }));
}

function isObject(value) {
  return value !== null && typeof value === "object" && !(value instanceof Digits);
}

/** `room` counts down the lines that are open at first. */
function tree(value, room) {
  if (!isObject(value)) return leaf(value);
  const entries = Array.isArray(value) ? value.map((one) => [null, one]) : Object.entries(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!entries.length) return make("span", {}, open + close);
  const isOpen = room.lines > 0;
  room.lines -= Math.min(entries.length, AT_ONCE);
  const inner = make("span.inner");
  const fill = () => {
    if (!inner.childNodes.length) addEntries(inner, entries, 0, isOpen ? room : { lines: OPEN_LINES });
  };
  const preview = make("span.preview", {}, `${brief(entries)}${close}`);
  const folding = make("details", { open: isOpen }, make("summary", {}, open, preview), inner, close);
  if (isOpen) fill();
  else folding.addEventListener("toggle", fill, { once: true });
  return folding;
}

/** What a folded value shows: its first entries, as far as there is room. */
function brief(entries) {
  let words = "";
  for (const [number, [key, value]] of entries.entries()) {
    if (words.length > 28) return `${words}, … ${entries.length - number} more`;
    const one = !isObject(value)
      ? short(written(value, ""), 30)
      : Array.isArray(value)
        ? value.length
          ? "[…]"
          : "[]"
        : "{…}";
    words += `${number ? ", " : ""}${key === null ? "" : `${key}: `}${one}`;
  }
  return words;
}

function addEntries(inner, entries, from, room) {
  for (const [key, value] of entries.slice(from, from + AT_ONCE)) {
    const line = make("span.entry");
    if (key !== null) line.append(make("span.key", {}, JSON.stringify(key)), ": ");
    line.append(tree(value, room));
    inner.append(line);
  }
  const rest = entries.length - from - AT_ONCE;
  if (rest <= 0) return;
  const more = make("button.more", { type: "button" }, `${plural(rest, "more", "more")}…`);
  more.addEventListener("click", () => {
    more.remove();
    addEntries(inner, entries, from + AT_ONCE, { lines: 0 });
  });
  inner.append(more);
}

function leaf(value) {
  if (value instanceof Digits) return make("span.number", {}, value.source);
  if (typeof value === "string") return make("span.string", {}, shortenedText(JSON.stringify(value)));
  return make("span.word", {}, String(value));
}

function shortenedText(text) {
  if (text.length <= LONG_STRING) return make("span", {}, text);
  const rest = make(
    "button.more",
    { type: "button" },
    `${(text.length - LONG_STRING).toLocaleString("en")} more characters…`,
  );
  const shown = make("span", {}, text.slice(0, LONG_STRING), rest);
  rest.addEventListener("click", () => {
    shown.textContent = text;
  });
  return shown;
}

/** JSON text, indented; other text as it is. */
function indented(json) {
  let value;
  try {
    value = parsed(json);
  } catch {
    return json;
  }
  return written(value, "");
}

function written(value, indent) {
  if (value instanceof Digits) return value.source;
  if (!isObject(value)) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? "[]" : "{}";
  const inner = `${indent}  `;
  const lines = isList
    ? value.map((one) => written(one, inner))
    : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${written(one, inner)}`);
  return lines.length ? `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}` : open + close;
}

/** The fields that are new, gone or changed between two JSON texts of objects; null if they are none. */
function changesView(before, after) {
  const [old, now] = [before, after].map((json) => {
    try {
      return parsed(json);
    } catch {
      return null;
    }
  });
  if (![old, now].every((value) => isObject(value) && !Array.isArray(value))) return null;
  const list = make("ul.changes");
  const add = (kind, mark, key, value) =>
    list.append(
      make(
        `li.${kind}.mono`,
        {},
        `${mark} ${key}${value === undefined ? "" : `: ${short(written(value, ""))}`}`,
      ),
    );
  for (const key of Object.keys(now)) {
    if (!Object.hasOwn(old, key)) add("new", "+", key, now[key]);
    else if (written(old[key], "") !== written(now[key], "")) add("changed", "~", key, now[key]);
  }
  for (const key of Object.keys(old)) if (!Object.hasOwn(now, key)) add("gone", "−", key);
  return list.childNodes.length ? list : null;
}

function short(words, most = 160) {
  const line = words.slice(0, most * 4).replace(/\s+/g, " ");
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

function copyText(words) {
  if (navigator.clipboard) return navigator.clipboard.writeText(words).catch(() => copyBySelection(words));
  return copyBySelection(words);
}

/** Where the clipboard is not given to pages, as from file:// in some browsers. */
function copyBySelection(words) {
  const area = make("textarea", { value: words });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
