// The package as npm would hand it out: made, installed in an empty folder, and walked through there by the Node that is asked for.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ROOT } from "./copy.js";

const LIMIT_MS = 120_000;
const isWindows = process.platform === "win32";

/** Nothing of this project, and no cache of npm's that is not asked for. */
const { NO_PROGRAM: _, ENTRA_ROLLOUT_TOKEN: __, ...OURS } = process.env;
const ENV = { ...OURS, NO_COLOR: "1", CI: "true", npm_config_update_notifier: "false", npm_config_audit: "false", npm_config_fund: "false" };

/** @param {string} node a Node's folder first on the path, which is how `npx` and a shell find it */
const envOf = (node) => ({ ...ENV, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` });

/** npm as a script, so that any Node can run it; by its name where it was not npm that started us. @param {string} node @param {readonly string[]} args @param {string} cwd */
export const npm = (node, args, cwd) => {
  const script = process.env.npm_execpath;
  const { status, stdout, stderr, error } =
    script?.endsWith(".js") === true
      ? spawnSync(node, [script, ...args], { cwd, encoding: "utf8", env: envOf(node), timeout: LIMIT_MS })
      : spawnSync(`npm ${args.map((arg) => `"${arg}"`).join(" ")}`, { cwd, encoding: "utf8", env: envOf(node), timeout: LIMIT_MS, shell: true });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${status}: ${error ?? stderr}`);
  return stdout;
};

/**
 * @param {string} folder where the tarball is to lie
 * @param {{ readonly build: boolean }} how `build`: as for publishing; otherwise of what lies in dist/
 * @returns {{ readonly tarball: string, readonly files: readonly string[], readonly unpackedBytes: number }}
 */
export const pack = (folder, { build }) => {
  npm(process.execPath, ["pack", "--pack-destination", folder, ...(build ? [] : ["--ignore-scripts"])], ROOT);
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error(`npm pack left nothing in ${folder}`);
  const [{ files, unpackedSize }] = JSON.parse(npm(process.execPath, ["pack", "--dry-run", "--json", "--ignore-scripts"], ROOT));
  return { tarball: join(folder, name), files: files.map((/** @type {{ path: string }} */ { path }) => path).sort(), unpackedBytes: unpackedSize };
};

/**
 * Installs it as somebody would who has nothing of it yet. Without the network: it needs no other package.
 * @param {string} folder is made
 * @param {string} tarball
 * @param {string} node
 */
export const install = (folder, tarball, node) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}\n");
  npm(node, ["install", "--offline", "--engine-strict", tarball], folder);
  return readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
};

/** As a Windows editor leaves a file: a byte order mark, CR LF. @param {string} text */
const asOnWindows = (text) => `\uFEFF${text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n")}`;

const ON_WINDOWS = [
  { from: "county-schools-2018.yaml", to: "plan.yaml" },
  { from: "county-schools-2018.csv", to: "table.csv" },
  { from: "early-adopters.csv", to: "early-adopters.csv" },
];

/** @typedef {{ readonly line: readonly string[], readonly exit?: number, readonly says: RegExp }} Step */

/** @type {readonly Step[]} */
export const WALK = [
  { line: ["--version"], says: /^\d+\.\d+\.\d+\s*$/ },
  { line: ["--help"], says: /usage: entra-rollout COMMAND/ },
  { line: ["help", "plan"], says: /phases/ },
  { line: ["check", "nowhere.yaml"], exit: 65, says: /no such file/ },
  { line: ["init", "mine.yaml", "--like", "trust"], says: /mine\.yaml/ },
  { line: ["check", "mine.yaml"], says: /sound/ },
  { line: ["check", "windows/plan.yaml"], says: /sound/ },
  { line: ["check", "windows/table.csv"], says: /sound/ },
  { line: ["diff", "windows/plan.yaml", "--as-of", "2018-11-19"], says: /4 to create, 4 to change/ },
  { line: ["apply", "windows/plan.yaml", "--as-of", "2018-11-19", "--yes"], says: /all written and read back/ },
  { line: ["diff", "windows/plan.yaml", "--exit-code"], says: /0 to create, 0 to change, 0 to delete/ },
  { line: ["run", "windows/plan.yaml"], says: /nothing/ },
  { line: ["report", "unregistered", "windows/plan.yaml", "--excel", "--out", "list.csv"], says: /written to list\.csv: \d+ rows/ },
  { line: ["snapshot", "kept.jsonl"], says: /kept\.jsonl/ },
  { line: ["runs"], says: /\d{8}T\d{6}Z-[0-9a-f]{4}/ },
];

/**
 * What somebody does with the tool in their first half hour, in a folder where it is installed, by the name under which npm put it there.
 * @param {string} folder
 * @param {string} node the Node that a shell finds
 * @param {readonly Step[]} [steps]
 * @returns {{ readonly passed: number, readonly problems: readonly string[] }} a problem says which line, and what came
 */
export const walk = (folder, node, steps = WALK) => {
  mkdirSync(join(folder, "windows"), { recursive: true });
  for (const { from, to } of ON_WINDOWS)
    writeFileSync(join(folder, "windows", to), asOnWindows(readFileSync(join(folder, "node_modules/entra-rollout/rollout-plans", from), "utf8")));
  const problems = steps.flatMap(({ line, exit = 0, says }) => {
    const program = join(folder, "node_modules/.bin", isWindows ? "entra-rollout.cmd" : "entra-rollout");
    const { status, stdout, stderr } = spawnSync(isWindows ? `"${program}"` : program, line, {
      cwd: folder,
      encoding: "utf8",
      env: envOf(node),
      timeout: LIMIT_MS,
      shell: isWindows,
    });
    const said = `${stdout}${stderr}`;
    return status === exit && says.test(said) ? [] : [`entra-rollout ${line.join(" ")} ended with ${status} (${exit} and ${says} expected):\n${said}`];
  });
  return { passed: steps.length - problems.length, problems };
};
