"use strict";
/**
 * Loads the bundles in dist/. Compiling them takes longer than most commands, so the build keeps V8's compiled code beside
 * each; where it does not fit this Node the bundle is compiled as usual. See docs/decisions/start.md.
 */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const PACKAGE = join(__dirname, "..");
const DIST = join(PACKAGE, "dist");
/** Compiled code fits one version of V8 on one sort of processor. */
const SORT = `${process.versions.v8}-${process.arch}.code`;

/** @param {string} name @param {import("node:fs").ObjectEncodingOptions} [options] @returns {string | Buffer | undefined} */
const inDist = (name, options) => {
  try {
    return readFileSync(join(DIST, name), options);
  } catch {
    return undefined;
  }
};

/**
 * @param {"quick" | "plan" | "whole"} bundle
 * @returns {{ exports: { answer(argv: readonly string[]): boolean, start(argv: readonly string[], packageFolder: string): Promise<void> }, script: Script, path: string } | undefined}
 *   with what the bundle itself exports; undefined when nothing was built yet.
 */
const load = (bundle) => {
  const named = inDist("bundles.json");
  if (named === undefined) return undefined;
  const name = JSON.parse(named.toString())[bundle];
  const path = join(DIST, name);
  // The bundles are ASCII: read as such they stay one byte a letter, and are not decoded.
  const text = String(inDist(name, { encoding: "latin1" }));
  const code = inDist(`${name}.${SORT}`);
  const script = new Script(text, Buffer.isBuffer(code) ? { filename: path, cachedData: code } : { filename: path });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, path, DIST);
  return { exports: /** @type {any} */ (module.exports), script, path };
};

module.exports = { PACKAGE, SORT, load };
