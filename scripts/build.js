// Bundles src/ into dist/: one small entry, and a chunk for whatever is imported when it is needed.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
await rm(new URL("../dist", import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { "entra-rollout": "src/bin.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay, so that a stack in a report of a mistake says where it was.
  minifyIdentifiers: false,
  keepNames: false,
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "linked",
  logLevel: "warning",
  // Some of the bundled libraries are CommonJS: they call `require` for Node's own modules, and one names its temporary files after its own.
  banner: {
    js: 'import{createRequire as nodeRequire}from"node:module";import{fileURLToPath as nodePath}from"node:url";const require=nodeRequire(import.meta.url),__filename=nodePath(import.meta.url);',
  },
});
