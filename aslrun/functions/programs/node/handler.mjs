// Finding the handler: how its file is loaded, and what is told when that fails.
//
// Documentation: "Define Lambda function handler in Node.js", "Designating a function handler as an ES module";
// errors as the runtime's clients tell them.

import { existsSync, readFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { basename, dirname, extname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";

import { RuntimeProblem } from "./errors.mjs";

const OWN_LINES = /\n- [^\n]*[\\/]programs[\\/](node[\\/])?\w+\.mjs(?=\n|$)/g;

/**
 * Load the handler `name` of `file`. `root` is the folder that would be deployed, above which nothing is
 * looked at; empty if unknown.
 */
export async function load(file, name, root, major) {
  const place = relative(root || dirname(file), file);
  const told = `${place.slice(0, -extname(place).length)}.${name}`.replaceAll("\\", "/");
  let loaded;
  try {
    loaded = await (major < 24 ? loadBefore24(file, root) : loadFrom24(file, root));
  } catch (error) {
    throw asTold(error, major >= 24);
  }
  const found = major < 24 ? resolveBefore24(loaded, name) : resolveFrom24(loaded, name);
  if (!found) throw new RuntimeProblem("HandlerNotFound", `${told} is undefined or not exported`);
  if (typeof found !== "function") {
    throw new RuntimeProblem("HandlerNotFound", `${told} is not a function`);
  }
  return found;
}

function asTold(error, isFrom24) {
  if (error instanceof SyntaxError) {
    const problem = problemOf("UserCodeSyntaxError", `${error}`, error);
    if (isFrom24) problem.stack = error.stack;
    return problem;
  }
  if (error?.code === "MODULE_NOT_FOUND") {
    return problemOf("ImportModuleError", `${error}`.replace(OWN_LINES, ""), error);
  }
  return error;
}

function problemOf(kind, message, original) {
  return Object.defineProperty(new RuntimeProblem(kind, message), "original", { value: original });
}

// ---------------------------------------------------------------- up to Node.js 22

async function loadBefore24(file, root) {
  const isModule = extname(file) === ".mjs" || (extname(file) === ".js" && typeOf(dirname(file), root) === "module");
  if (isModule) return await import(pathToFileURL(file).href);
  if (extname(file) === ".js") forgetPackagesAbove(root);
  return createRequire(import.meta.url)(file);
}

function resolveBefore24(loaded, name) {
  return name.split(".").reduce((found, part) => found && found[part], loaded);
}

// ---------------------------------------------------------------- from Node.js 24 on

async function loadFrom24(file, root) {
  if (extname(file) !== ".js" || !root || typeOf(dirname(file), root) !== undefined || typeOf(root, "") === undefined) {
    return await import(pathToFileURL(file).href);
  }
  // What a package above the deployed folder says must not count: CommonJS, unless the file is a module.
  forgetPackagesAbove(root);
  try {
    const exported = createRequire(import.meta.url)(file);
    return { ...exported, default: exported };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return await import(pathToFileURL(file).href);
  }
}

function resolveFrom24(loaded, name) {
  return within(loaded, name) || (loaded && "default" in loaded ? within(loaded.default, name) : undefined);
}

function within(loaded, name) {
  return name.split(".").reduce((found, part) => (found && typeof found === "object" ? found[part] : undefined), loaded);
}

// ---------------------------------------------------------------- packages

/** Return the `type` of the package that a folder is in, "" where it says none; undefined if there is none. */
function typeOf(folder, root) {
  const file = join(folder, "package.json");
  if (basename(folder) === "node_modules") return undefined;
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, "utf8"))?.type ?? "";
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return "";
    }
  }
  return folder === root || dirname(folder) === folder ? undefined : typeOf(dirname(folder), root);
}

/** Take files of the deployed folder that are in no package of it as CommonJS, whatever lies above says. */
function forgetPackagesAbove(root) {
  if (!root || !typeOf(root, "")) return;
  const compile = module._extensions[".js"];
  module._extensions[".js"] = (loaded, file) => {
    const isInside = !relative(root, file).startsWith("..");
    if (!isInside || typeOf(dirname(file), root) !== undefined) return compile(loaded, file);
    return loaded._compile(readFileSync(file, "utf8").replace(/^\uFEFF/, ""), file);
  };
}
