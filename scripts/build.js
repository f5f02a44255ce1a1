// Bundles src/ into dist/: the whole tool, what answers at once, and beside each its compiled code.
import { spawnSync } from "node:child_process";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundledPackages, noticesOf } from "./notices.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/**
 * zod brings its messages in fifty languages, which cost more to load than all the rest of it; this tool speaks English.
 * @type {import("esbuild").Plugin}
 */
const englishOnly = {
  name: "english-only",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      importer.includes(join("node_modules", "zod")) ? { path: join(resolveDir, "..", "locales", "en.js"), sideEffects: false } : undefined,
    );
  },
};

/**
 * commander loads child_process for commands that are programs of their own, of which there are none here.
 * @type {import("esbuild").Plugin}
 */
const noChildren = {
  name: "no-children",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      importer.includes(join("node_modules", "commander")) ? { path, namespace: "no-children" } : undefined,
    );
    onLoad({ filter: /./, namespace: "no-children" }, () => ({ contents: "module.exports = {};" }));
  },
};

/**
 * A smaller bundle leaves out what would be loaded later and is never asked for in it.
 * @param {readonly string[]} wanted
 * @returns {import("esbuild").Plugin}
 */
const laterOnly = (wanted) => ({
  name: "later-only",
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === "dynamic-import" && !wanted.includes(path) ? { path, external: true } : undefined));
  },
});

/** @param {string} entry @param {readonly import("esbuild").Plugin[]} plugins */
const bundle = async (entry, plugins) => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: "dist",
    bundle: true,
    // One script that sets up a module when it is first needed: V8's compiled code can be kept of scripts, not of modules.
    format: "cjs",
    platform: "node",
    target: "node20.19",
    supported: { "dynamic-import": false },
    // What opens the browser for a sign-in looks beside itself for a program, and in a bundle there is none: at the root of a disk it takes the system's.
    define: { "import.meta.url": '"file:///C:/"' },
    minify: true,
    // As `require` would wrap it; here, so that the loader need not copy the text.
    banner: { js: "(function(exports,require,module,__filename,__dirname){" },
    footer: { js: "})" },
    plugins: [englishOnly, noChildren, ...plugins],
    // Not loaded, but there to read the stack in a report of a mistake.
    sourcemap: "external",
    charset: "ascii",
    entryNames: "[name]-[hash]",
    outExtension: { ".js": ".cjs" },
    // Their texts are in a file beside the bundles.
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    write: false,
  });
  return { files: outputFiles, metafile };
};

const bundles = [
  { name: "quick", ...(await bundle("src/bin-quick.ts", [laterOnly([])])) },
  { name: "plan", ...(await bundle("src/bin.ts", [laterOnly(["./commands/parse.ts", "./check-work.ts", "chalk"])])) },
  { name: "whole", ...(await bundle("src/bin.ts", [])) },
];
const files = bundles.flatMap((each) => each.files);
const scripts = bundles.map(({ name, files: made }) => [name, basename(made.find(({ path }) => path.endsWith(".cjs"))?.path ?? "")]);

// Somebody may be using the tool meanwhile: the bundles have names of their own, and the file that names them comes last, at once.
/** @param {string} path @param {string | Uint8Array} content */
const put = async (path, content) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, content);
  await rename(`${path}.${process.pid}`, path);
};
const compiled = (await readdir(dist).catch(() => [])).filter((name) => name.endsWith(".code"));
for (const name of compiled) await rm(join(dist, name), { force: true });
for (const { path, contents } of files) await put(path, contents);
await put(join(dist, "third-party-licences.txt"), noticesOf(root, bundledPackages(bundles.map(({ metafile }) => metafile))));
await put(join(dist, "bundles.json"), JSON.stringify(Object.fromEntries(scripts)));

const needed = new Set([...files.map(({ path }) => path), join(dist, "bundles.json")]);
for (const found of await readdir(dist, { recursive: true, withFileTypes: true })) {
  const path = join(found.parentPath, found.name);
  if (found.isFile() && !needed.has(path) && /\.(?:c?js|json|map)$/.test(path)) await rm(path, { force: true });
}

const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/keep-code.cjs")], { encoding: "utf8" });
if (status !== 0) {
  process.stderr.write(stderr);
  process.exitCode = 1;
}
