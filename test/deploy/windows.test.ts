import { describe, expect, test } from "vitest";
import { treeIn } from "../as-script/tree.ts";
import { deployed } from "./deployments.ts";

const task = deployed("windows/entra-rollout.xml");
const script = deployed("windows/entra-rollout.ps1");
/** The text of the one element of this name. */
const said = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(task)?.[1];

describe("the task", () => {
  // A program hands the text on to the scheduler in UTF-16, which then must not say that it is something else. Microsoft's own examples say nothing either.
  test("says nothing of its encoding, and is the same in all of them", () => {
    expect(task.startsWith('<?xml version="1.0"?>\n')).toBe(true);
    expect(task).toMatch(/^[\n -~]*$/);
  });

  test("runs every quarter of an hour for ever, whoever is signed in, one at a time, and catches up", () => {
    expect(said("Interval")).toBe("PT15M");
    expect(said("Duration")).toBeUndefined();
    // With a zone: otherwise the quarters are those of the machine's clock, which skips an hour once a year.
    expect(said("StartBoundary")).toMatch(/^20\d\d-01-01T00:00:00Z$/);
    expect(said("UserId")).toBe("S-1-5-19");
    // A service account signs in by no password and at no screen; a type would be for people.
    expect(said("LogonType")).toBeUndefined();
    expect(said("RunLevel")).toBe("LeastPrivilege");
    expect(said("MultipleInstancesPolicy")).toBe("IgnoreNew");
    expect(said("StartWhenAvailable")).toBe("true");
    expect([said("DisallowStartIfOnBatteries"), said("StopIfGoingOnBatteries")]).toEqual(["false", "false"]);
    expect(said("ExecutionTimeLimit")).toBe("PT12H");
  });

  test("starts the script beside it", () => {
    expect(said("Arguments")).toMatch(/-NonInteractive .*-File C:\\ProgramData\\entra-rollout\\entra-rollout\.ps1$/);
    expect(said("WorkingDirectory")).toBe("C:\\ProgramData\\entra-rollout");
  });
});

describe("the script", () => {
  test("is PowerShell by its grammar", async () => {
    expect((await treeIn(script)).faults).toEqual([]);
    expect((await treeIn(script.replace("if ($code -ne 0) {", "if ($code -ne 0 {"))).faults).not.toEqual([]);
  });

  // Windows PowerShell 5.1 reads a script without a byte order mark in the machine's own code page.
  test("is the same in every code page", () => {
    expect(script).toMatch(/^[\n -~]*$/);
  });

  test("ends with the exit code of the tool, and tells the event log what is not 0", () => {
    expect(script.trimEnd().split("\n").at(-1)).toBe("exit $code");
    const [, first = "", rest = ""] = /^& \$tool run (.*)\n(.*)$/m.exec(script) ?? [];
    expect(first).toContain("2>&1 |");
    expect(rest).toBe("$code = $LASTEXITCODE");
    expect(script).toContain("if ($code -ne 0) {");
    expect(script).toContain("[Diagnostics.EventLog]::WriteEntry('entra-rollout', $told, $type, $code)");
  });
});
