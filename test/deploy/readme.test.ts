import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/copy.js";
import { parseCommandLine } from "../../src/commands/parse.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { EXIT_CODES } from "../../src/exit-codes.ts";
import { VERSION } from "../../src/version.ts";
import { deployed, unitLines } from "./deployments.ts";

const readme = deployed("README.md");
const files = readdirSync(join(ROOT, "deploy"), { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.\w+$|Containerfile$/.test(name));

describe("deploy/README.md", () => {
  test("names every command as the tool has it", () => {
    const inText = [...readme.matchAll(/`entra-rollout ([^`]+)`/g)].map(([, line = ""]) => line);
    const inBlocks = [...readme.matchAll(/^entra-rollout (.+)$/gm)].map(([, line = ""]) => line);
    expect(inText.length).toBeGreaterThan(4);
    for (const line of [...inText, ...inBlocks]) {
      // `run` and `apply` alone stand for the command, and a topic of help is no command line.
      if (/^(run|apply)$|^help /.test(line)) continue;
      expect(() => parseCommandLine(line.split(" "), COMMANDS), line).not.toThrow();
    }
  });

  test("says of every exit code what becomes of it", () => {
    const told = [...readme.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = ""]) => codes.split(", ").map(Number));
    expect([...told].sort((a, b) => a - b)).toEqual(EXIT_CODES.map(({ code }) => code).sort((a, b) => a - b));
  });

  test("leads to each of the files, and they are there", () => {
    expect(files.sort()).toEqual([
      "README.md",
      "github/entra-rollout.yml",
      "kubernetes/Containerfile",
      "kubernetes/cronjob.yaml",
      "systemd/entra-rollout.env",
      "systemd/entra-rollout.service",
      "systemd/entra-rollout.timer",
      "windows/entra-rollout.ps1",
      "windows/entra-rollout.xml",
    ]);
    expect(files.filter((name) => name !== "README.md" && !readme.includes(name.split("/").at(-1) ?? ""))).toEqual([]);
  });
});

describe("what the steps put somewhere", () => {
  test("is where the files look for it", () => {
    const settings = unitLines(deployed("systemd/entra-rollout.service"));
    const value = (key: string): string => settings.find(([, name]) => name === key)?.[2] ?? "";
    const [, prefix = ""] = /npm install --prefix (\/\S+) /.exec(readme) ?? [];
    expect(value("ExecStart").startsWith(`${prefix}/node_modules/.bin/entra-rollout `)).toBe(true);
    expect(readme).toContain(`sudo install -m 600 certificate.pem ${value("LoadCredential").slice("certificate.pem:".length)}`);
    expect(readme).toContain(`entra-rollout.env ${value("EnvironmentFile").replace(/entra-rollout\.env$/, "")}`);
    expect(readme).toContain(`sudo install -d -m 755 ${value("WorkingDirectory")}\n`);
    const documentation = value("Documentation").replace(`file:${prefix}/node_modules/entra-rollout/`, "");
    expect(existsSync(join(ROOT, documentation)), documentation).toBe(true);
    const task = deployed("windows/entra-rollout.xml");
    const [, folder = ""] = /\$folder = '(.+)'/.exec(readme) ?? [];
    expect(task).toContain(`<WorkingDirectory>${folder}</WorkingDirectory>`);
    expect(readme).toContain(`/XML ${folder}\\entra-rollout.xml`);
  });

  test("is of this version", () => {
    const all = files.map((name) => deployed(name)).join("\n");
    const versions = [...all.matchAll(/entra-rollout-(\d+\.\d+\.\d+)\.tgz|entra-rollout:(\d+\.\d+\.\d+)/g)].map(([, tarball, image]) => tarball ?? image);
    expect(versions.length).toBeGreaterThan(5);
    expect(new Set(versions)).toEqual(new Set([VERSION]));
  });
});
