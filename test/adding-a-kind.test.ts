import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The files in the list under "The compiler then names" in docs/ARCHITECTURE.md. */
const promised = (): readonly string[] => {
  const section = readFileSync(join(ROOT, "docs/ARCHITECTURE.md"), "utf8").split("## Adding a kind")[1]?.split("\n## ")[0] ?? "";
  const list = section.split("The compiler then names")[1] ?? "";
  const items = list.split("\n").filter((line) => line.startsWith("- "));
  return items.flatMap((line) => [...line.matchAll(/`(src\/[^`]+)`/g)].map((match) => match[1] ?? "")).sort();
};

/** Each text stands exactly once, so that a change of `tenant.ts` cannot make this test prove nothing. */
const edit = (text: string, find: string, replace: string): string => {
  expect(text.split(find).length - 1, find).toBe(1);
  return text.replace(find, () => replace);
};

/** The files of which the compiler complains. */
const complaints = (folder: string): readonly string[] => {
  const tsc = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--noEmit", "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  return [...new Set([...tsc.stdout.matchAll(/^(src\/[^(]+)\(\d+,\d+\): error TS/gm)].map((match) => match[1] ?? ""))].sort();
};

const complaintsAfter = (folder: string, file: string, text: string): readonly string[] => {
  writeFileSync(file, text);
  return complaints(folder);
};

test("the compiler names every table that misses a new kind, and docs/ARCHITECTURE.md lists the same", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "entra-rollout-kind-")));
  try {
    cpSync(join(ROOT, "src"), join(folder, "src"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
    const config = z.object({ compilerOptions: z.record(z.string(), z.unknown()) }).parse(JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: ["src"] }));

    const tenant = join(folder, "src/core/tenant.ts");
    const whole = readFileSync(tenant, "utf8");
    const listed = edit(whole, '  "account-deletion",\n] as const;', '  "account-deletion",\n  "mail-flow",\n] as const;');
    const shape = "export type MailFlowSettings = { readonly flows: boolean };\n\nexport type SettingsOf = {";
    const shaped = edit(
      edit(listed, "export type SettingsOf = {", shape),
      '  readonly "per-user-mfa": PerUserMfaSettings;\n',
      '  readonly "per-user-mfa": PerUserMfaSettings;\n  readonly "mail-flow": MailFlowSettings;\n',
    );
    expect(promised().length).toBeGreaterThan(2);
    expect(complaintsAfter(folder, tenant, shaped)).toEqual(promised());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // The compiler runs over everything; what was wrong before would be in the list as well.
}, 240_000);
