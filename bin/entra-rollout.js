#!/usr/bin/env node
import { existsSync } from "node:fs";
import * as module from "node:module";

// Compiled code is kept between starts where Node can (22 and later); without it the start is a little slower.
module.enableCompileCache?.();

const entry = new URL("../dist/entra-rollout.js", import.meta.url);
if (existsSync(entry)) await import(entry.href);
else {
  process.stderr.write("entra-rollout is not built yet\nhint: npm run build\n");
  process.exitCode = 1;
}
