import { describe, expect, test } from "vitest";
import { commandLine, option } from "../../src/command-line.ts";
import { explain } from "../../src/explain.ts";
import { DuringRun, Failure } from "../../src/failure.ts";
import { ServiceError } from "../../src/service.ts";

describe("what went wrong, in words", () => {
  const service = (status: number, code: string, method = "GET"): ServiceError =>
    new ServiceError({
      method,
      path: "/v1.0/groups",
      status,
      code,
      message: "The service's own words.",
      requestId: "11111111-1111-4111-8111-111111111111",
      outcome: "refused",
    });
  const system = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write", path: "runs/20181112T000000Z-0000.jsonl" });

  const cases: readonly [name: string, error: unknown, interrupted: boolean, exit: number, said: RegExp][] = [
    ["a refusal of ours", new Failure("usage", "no such thing", ["try this"]), false, 64, /^no such thing\nhint: try this\n$/],
    [
      "not signed in",
      service(401, "InvalidAuthenticationToken"),
      false,
      77,
      /^could not read \/v1\.0\/groups: 401 InvalidAuthenticationToken: The service's own words\.\nhint: .*ENTRA_ROLLOUT_TOKEN/,
    ],
    ["not permitted", service(403, "Authorization_RequestDenied", "POST"), false, 77, /^could not send \/v1\.0\/groups: 403 /],
    ["too busy", service(429, "TooManyRequests"), false, 69, /hint: the service is busy/],
    ["a fault of the service", service(503, "ServiceUnavailable", "PATCH"), false, 69, /^could not change /],
    ["no answer", service(0, "ECONNRESET"), false, 69, /: no answer: /],
    ["something else", service(400, "BadRequest"), false, 1, /hint: request id 11111111/],
    ["the disk is full", system, false, 1, /^could not write runs.*: the disk is full\n$/],
    [
      "Ctrl-C, whatever failed because of it",
      service(0, "AbortError"),
      true,
      130,
      /^interrupted: nothing was written to the tenant\nhint: run the same command again\n$/,
    ],
    ["our own refusal, though interrupted", new Failure("stale", "stale"), true, 5, /^stale\n$/],
    [
      "in the middle of a run",
      new DuringRun(system, ["the journal of this run is a.jsonl"]),
      false,
      1,
      /the disk is full\nhint: the journal of this run is a\.jsonl\n$/,
    ],
    [
      "a mistake of ours",
      new TypeError("x is not a function"),
      false,
      1,
      /^this should not have happened: a mistake in entra-rollout \d+\.\d+\.\d+\nTypeError: x is not a function\n.*at /,
    ],
    ["something that is no error", "thrown", false, 1, /\nthrown\n/],
    ["words that could move the cursor", new Failure("failed", "\u001b[2J\u202e"), false, 1, /^\\u\{1b\}\[2J\\u\{202e\}\n$/],
  ];
  test.each(cases)("%s", (_name, error, interrupted, exit, said) => {
    const explained = explain(error, interrupted);
    expect(explained.exit).toBe(exit);
    expect(explained.text).toMatch(said);
  });
});

describe("commands as they are typed", () => {
  test.each([
    ["plain words", ["diff", "plans/a.yaml", "--as-of", "2018-11-19T06:30"], "entra-rollout diff plans/a.yaml --as-of 2018-11-19T06:30"],
    ["a space", ["check", "my plans/a.yaml"], 'entra-rollout check "my plans/a.yaml"'],
    ["a path of Windows", ["check", "C:\\plans\\a.yaml"], "entra-rollout check C:\\plans\\a.yaml"],
    ["quotes", ["diff", "a.yaml", "--reason", 'he said "yes"'], 'entra-rollout diff a.yaml --reason "he said \\"yes\\""'],
    ["nothing", ["runs", undefined], "entra-rollout runs"],
  ])("%s", (_name, words, want) => {
    expect(commandLine(...words)).toBe(want);
  });

  test("an option that was not given is not typed", () => {
    expect([option("--state", undefined), option("--state", "x")]).toEqual([[], ["--state", "x"]]);
  });
});
