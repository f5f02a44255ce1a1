/**
 * The package as it would be published, installed in an empty folder and walked through on every Node that is promised: on the oldest one exactly, and
 * on the newest of each line. The Nodes come from the registry, as the packages in which npm's own `node` brings them, for this machine's system and processor.
 *
 * usage: npm run packed [-- NODE ...]
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./copy.js";
import { install, npm, pack, walk } from "./pack.js";

const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const NODES = [/\d+\.\d+\.\d+/.exec(engines.node)?.[0] ?? "20", "20", "22", "24", "26"];

const system = process.platform === "win32" ? "win" : process.platform;
/** The one package whose name follows another rule. */
const sort = system === "darwin" && process.arch === "arm64" ? "bin-darwin-arm64" : `${system}-${process.arch}`;

/** @param {string} folder @param {string} version @returns {string} the program */
const fetchNode = (folder, version) => {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}\n");
  npm(process.execPath, ["install", "--ignore-scripts", "--no-save", `node-${sort}@${version}`], folder);
  return join(folder, "node_modules", `node-${sort}`, "bin", system === "win" ? "node.exe" : "node");
};

const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : NODES;
const folder = mkdtempSync(join(tmpdir(), "entra-rollout-packed-"));
let passed = 0;
let failed = 0;
try {
  const { tarball, files, unpackedBytes } = pack(folder, { build: true });
  console.log(`${files.length} files, ${Math.round(unpackedBytes / 1000)} kB unpacked`);
  for (const version of wanted) {
    const begun = Date.now();
    const node = fetchNode(join(folder, `node-${version}`), version);
    const isCalled = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim();
    if (isCalled?.startsWith(`v${version}`) !== true) throw new Error(`Node ${version} was asked for, and ${isCalled ?? "none"} came`);
    const empty = join(folder, `on-${version}`);
    const brought = install(empty, tarball, node);
    const { passed: good, problems } = walk(empty, node);
    const others = brought.filter((name) => name !== "entra-rollout").map((name) => `${name} was installed as well`);
    for (const problem of [...others, ...problems]) console.log(problem);
    passed += good;
    failed += problems.length + others.length;
    console.log(`${isCalled}: ${good} commands as they should be, ${problems.length} not, in ${Math.round((Date.now() - begun) / 1000)} s`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// In the words of vitest, so that whoever counts tests counts these too.
console.log(`Tests  ${failed > 0 ? `${failed} failed | ` : ""}${passed} passed (${passed + failed})`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
