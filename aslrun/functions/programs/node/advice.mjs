// What to do about an error that the machine is at fault for, rather than the handler: told in the log.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const MISSING = /^Cannot find (?:package|module) '((?:@[^/'.]+\/)?[^/'.:@\\][^/':\\]*)[^']*'/;
const UNKNOWN = /(?: is not a function| is not defined| is not a constructor)$/;
const IN_LAMBDA = /^@(?:aws-sdk|smithy)\//;

let place = { file: "", major: 0 };

/** Note the handler's file and the major version of Node.js that its runtime has. */
export function adviseAbout(file, major) {
  place = { file, major };
}

/** Return what to do about an error, null if there is nothing that aslrun knows. */
export function adviceOn(thrown) {
  const error = thrown?.original ?? thrown;
  if (!(error instanceof Error)) return null;
  if (/^(?:ERR_)?MODULE_NOT_FOUND$/.test(error.code)) return adviceOnMissing(error.message);
  const local = Number(process.versions.node.split(".")[0]);
  const isNewer = error instanceof SyntaxError || UNKNOWN.test(error.message);
  if (local >= place.major || !isNewer) return null;
  return (
    `this machine's Node.js is ${process.version}, and the function's runtime has ${place.major}: what is newer than` +
    ` ${local} is not there`
  );
}

function adviceOnMissing(message) {
  const name = MISSING.exec(message)?.[1];
  if (name === undefined) return null;
  const folder = packageFolder(dirname(place.file));
  const at = folder ?? dirname(place.file);
  if (IN_LAMBDA.test(name)) {
    const command = `npm install --save-dev ${name}`;
    return `'${name}' is part of Lambda's Node.js runtimes, but not of this machine: run \`${command}\` in ${at}`;
  }
  if (name === "aws-sdk") {
    return `'aws-sdk' is in none of Lambda's runtimes since nodejs18.x: use @aws-sdk/*, or run \`npm install aws-sdk\` in ${at}`;
  }
  if (folder !== null && lists(folder, name)) {
    return `'${name}' is in ${join(folder, "package.json")}, but not installed: run \`npm install\` in ${folder}`;
  }
  return `'${name}' is not installed: run \`npm install ${name}\` in ${at}`;
}

function packageFolder(folder) {
  if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(folder) === folder ? null : packageFolder(dirname(folder));
}

function lists(folder, name) {
  try {
    const told = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return ["dependencies", "devDependencies", "optionalDependencies"].some((kind) => name in (told[kind] ?? {}));
  } catch {
    return false;
  }
}
