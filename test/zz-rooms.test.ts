import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { readSource } from "./house/source.ts";
test("x", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts")).sort();
  for (const f of files) {
    const s = readSource(f, readFileSync(`src/${f}`, "utf8"));
    process.stdout.write(`${f} (${s.lines}): ${s.imports.map((i) => i.specifier).join(" ")}${s.uses.length && !f.startsWith("sandbox") ? `   USES ${[...new Set(s.uses.filter((u) => f.startsWith("core") || !["async", "await", "Promise"].includes(u.what)).map((u) => u.what))].join(" ")}` : ""}\n`);
  }
});
