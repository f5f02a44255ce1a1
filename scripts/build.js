// Bundles src/ into dist/: one small entry, and a chunk for whatever is imported when it is needed.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { "entra-rollout": "src/bin.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minify: true,
  plugins: [englishOnly],
  // Not loaded, but there to read the stack in a report of a mistake.
  sourcemap: "external",
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "none",
  logLevel: "warning",
  // Some of the bundled libraries are CommonJS: they call `require` for Node's own modules, and one names its temporary files after its own.
  banner: { js: "const require=(name)=>process.getBuiltinModule(name),__filename=import.meta.filename;" },
  write: false,
});

// Somebody may be using the tool meanwhile: chunks first, the entry last and at once, what is no longer needed after that.
/** @param {{ path: string }} file */
const isEntry = ({ path }) => dirname(path) === dist;
for (const { path, contents } of [...outputFiles].sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
const needed = new Set(outputFiles.map(({ path }) => path));
for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !needed.has(path) && /\.(?:js|map)$/.test(path)) await rm(path, { force: true });
}
