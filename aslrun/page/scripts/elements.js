// Elements and words that all scripts make.

/** Status → the sign on its badge. */
let badges = {};

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

function statusWord(status) {
  return status.replace("_", " ");
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
  element.append(makeSvg("circle", { r: 8.5 }), makeSvg("path", { d: badges[status] || "" }));
  return element;
}

function statusPill(status) {
  return make(`span.status.is-${status}`, {}, sign(status), statusWord(status));
}
