/** What is on disk, who owns it, and the clock. */

import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeFiles } from "../../src/node-runtime.ts";
import { FillUnknown, fillSandbox, NoSandbox, openSandbox, SandboxBusy, SandboxDamaged, SandboxExists } from "../../src/sandbox/sandbox.ts";
import { FOLDER, fillTiny, groupBody, memoryFiles, namesIn, policyBody, quietWith, reopen, STAFF, testRuntime, tinyFills, userId } from "./support.ts";

const POLICIES = "/identity/conditionalAccess/policies";
const LOG = `${FOLDER}/tenant.jsonl`;
const LOCK = `${FOLDER}/owner.lock`;

/** Everything a reader can see. */
const everything = async ({ ask }: Pick<Awaited<ReturnType<typeof fillTiny>>, "ask">): Promise<readonly string[]> =>
  Promise.all(
    ["/users?$top=999", "/groups", `/groups/${STAFF}/members`, POLICIES, "/identity/conditionalAccess/deletedItems/policies", "/_practice"].map(
      async (path) => (await ask("GET", path)).text,
    ),
  );

const work = async (tiny: Awaited<ReturnType<typeof fillTiny>>): Promise<void> => {
  const { ask, sandbox } = tiny;
  await ask("POST", "/groups", groupBody({ "members@odata.bind": [`https://graph.microsoft.com/v1.0/directoryObjects/${userId(1)}`] }));
  const policy = await ask("POST", POLICIES, policyBody());
  await sandbox.clock.sleep(5_000);
  await ask("DELETE", `${POLICIES}/${String(policy.body["id"])}`);
  await ask("DELETE", `/groups/${STAFF}/members/${userId(0)}/$ref`);
};

describe("on disk", () => {
  test("killed without a word, opened by another process: the same tenant, clock, dials and next id", async () => {
    const first = await fillTiny(quietWith({ faults: [{ path: "^/domains", skip: 1, effect: { type: "drop-before" } }] }));
    await work(first);
    await first.ask("GET", "/domains");
    const before = await everything(first);
    const second = await reopen(first.runtime.files);
    expect(await everything(second)).toEqual(before);
    expect(second.sandbox.clock.now()).toBe(first.sandbox.clock.now());
    await expect(second.ask("GET", "/domains")).rejects.toThrow("fetch failed");
    const next = await first.ask("POST", "/groups", groupBody());
    expect((await second.ask("POST", "/groups", groupBody())).body["id"]).toBe(next.body["id"]);
  });

  test("cut anywhere in its last line, only that line is lost", async () => {
    const first = await fillTiny();
    await first.ask("POST", "/groups", groupBody({ displayName: "kept" }));
    const kept = first.runtime.files.texts.get(LOG) ?? "";
    await first.ask("POST", "/groups", groupBody({ displayName: "torn" }));
    const whole = first.runtime.files.texts.get(LOG) ?? "";
    expect(whole.length).toBeGreaterThan(kept.length);
    for (let length = kept.length; length < whole.length; length += 37) {
      const files = memoryFiles(new Map([[LOG, whole.slice(0, length)]]));
      const second = await reopen(files);
      expect(namesIn(await second.ask("GET", "/groups")).slice(4)).toEqual(["kept"]);
      expect(files.texts.get(LOG)).toBe(kept);
    }
  });

  test.each([
    ["no header", (text: string) => text.slice(text.indexOf("\n") + 1), 1],
    ["a line in the middle", (text: string) => text.replace(/\n/, "\nrubbish\n"), 2],
    ["nothing", () => "", 1],
  ])("damaged otherwise (%s) it is not opened", async (_name, damage, line) => {
    const first = await fillTiny();
    await first.ask("POST", "/groups", groupBody());
    const files = memoryFiles(new Map([[LOG, damage(first.runtime.files.texts.get(LOG) ?? "")]]));
    await expect(reopen(files)).rejects.toThrow(new SandboxDamaged(LOG, line));
    expect(files.texts.has(LOCK)).toBe(false);
  });

  test("a write that cannot be put on disk is not answered, and nothing is after it", async () => {
    const first = await fillTiny();
    const { files } = first.runtime;
    const failing = {
      ...files,
      append: async (path: string, text: string) => (path === LOG ? Promise.reject(new Error("disk full")) : files.append(path, text)),
    };
    await first.sandbox.close();
    const sandbox = await openSandbox({ folder: FOLDER, runtime: { ...testRuntime(files), files: failing }, fills: tinyFills });
    const ask = (method: string, body?: string) =>
      sandbox.fetch(
        new Request("http://127.0.0.1/v1.0/groups", {
          method,
          headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
          ...(body === undefined ? {} : { body }),
        }),
      );
    expect((await ask("GET")).status).toBe(200);
    await expect(ask("POST", JSON.stringify(groupBody()))).rejects.toThrow("disk full");
    await expect(ask("GET")).rejects.toThrow("disk full");
  });

  test("the same fill is the same tenant but for its instance", async () => {
    const one = await fillTiny();
    const runtime = testRuntime(memoryFiles(), 3);
    const two = await fillSandbox({ folder: FOLDER, fill: "tiny", runtime, fills: tinyFills });
    expect({ ...two.about, instance: "" }).toEqual({ ...one.sandbox.about, instance: "" });
    expect(two.about.instance).not.toBe(one.sandbox.about.instance);
  });

  test("the number of accounts is kept", async () => {
    const first = await fillTiny(quietWith({}), 7);
    await first.sandbox.close();
    expect(namesIn(await (await reopen(first.runtime.files)).ask("GET", "/users"))).toHaveLength(7);
  });

  test("requests are numbered on from one opening to the next, over a torn line", async () => {
    const first = await fillTiny();
    await first.ask("GET", "/groups");
    await first.sandbox.close();
    const { files } = first.runtime;
    files.texts.set(`${FOLDER}/requests.jsonl`, `${files.texts.get(`${FOLDER}/requests.jsonl`) ?? ""}{"n":2,"at`);
    const second = await reopen(files);
    await second.ask("GET", "/domains");
    await second.sandbox.close();
    const third = await reopen(files, 3);
    expect((await third.ask("GET", "/_practice/requests")).body).toMatchObject({
      next: 3,
      requests: [
        { n: 1, path: "/v1.0/groups" },
        { n: 2, path: "/v1.0/domains" },
      ],
    });
  });
});

test("on a real disk", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "entra-rollout-")), "practice tenant");
  try {
    const on = (pid: number) => ({ folder, runtime: { ...testRuntime(memoryFiles(), pid), files: nodeFiles }, fills: tinyFills });
    const request = () =>
      new Request("http://127.0.0.1/v1.0/groups", {
        method: "POST",
        headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
        body: JSON.stringify(groupBody()),
      });
    const first = await fillSandbox({ ...on(1), fill: "tiny", dials: quietWith({}) });
    expect((await first.fetch(request())).status).toBe(201);
    appendFileSync(join(folder, "tenant.jsonl"), '{"at":15');
    const second = await openSandbox(on(2));
    const list = await second.fetch(new Request("http://127.0.0.1/v1.0/groups", { headers: { Authorization: "Bearer practice" } }));
    expect(await list.text()).toContain("MFA rollout: heads");
    await second.close();
    expect(readdirSync(folder).sort()).toEqual(["requests.jsonl", "tenant.jsonl"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("one owner", () => {
  test("while its process lives, nobody else; once it is gone, the next one", async () => {
    const first = await fillTiny();
    const { files } = first.runtime;
    const other = (alive: boolean) => openSandbox({ folder: FOLDER, runtime: testRuntime(files, 2, () => alive), fills: tinyFills });
    await expect(other(true)).rejects.toThrow(new SandboxBusy(1, LOCK));
    const second = await other(false);
    await expect(openSandbox({ folder: FOLDER, runtime: testRuntime(files, 2, () => false), fills: tinyFills })).rejects.toBeInstanceOf(SandboxBusy);
    await second.close();
    expect(files.texts.has(LOCK)).toBe(false);
    expect(files.texts.has(`${LOCK}.next`)).toBe(false);
  });

  test.each([
    ["of a process with our number that is no more", JSON.stringify({ pid: 2, token: "old" })],
    ["that was cut short", ""],
  ])("a lock %s is taken over", async (_name, text) => {
    const first = await fillTiny();
    await first.sandbox.close();
    first.runtime.files.texts.set(LOCK, text);
    first.runtime.files.texts.set(`${LOCK}.next`, text);
    const second = await reopen(first.runtime.files);
    expect((await second.ask("GET", "/groups")).status).toBe(200);
  });

  test("of many that see the same dead owner, one gets it", async () => {
    const first = await fillTiny();
    const { files } = first.runtime;
    const living = new Set([2, 3, 4, 5]);
    const results = await Promise.allSettled(
      [...living].map((pid) => openSandbox({ folder: FOLDER, runtime: testRuntime(files, pid, (other) => living.has(other)), fills: tinyFills })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toBeInstanceOf(SandboxBusy);
  });

  test("there is none; there is one already; no such fill", async () => {
    const first = await fillTiny();
    await first.sandbox.close();
    const { files } = first.runtime;
    const runtime = testRuntime(files, 2);
    await expect(openSandbox({ folder: "elsewhere", runtime, fills: tinyFills })).rejects.toThrow(new NoSandbox("elsewhere"));
    await expect(fillSandbox({ folder: FOLDER, fill: "tiny", runtime, fills: tinyFills })).rejects.toThrow(new SandboxExists(FOLDER));
    await expect(fillSandbox({ folder: FOLDER, fill: "huge", runtime, fills: tinyFills })).rejects.toBeInstanceOf(FillUnknown);
    await expect(fillSandbox({ folder: FOLDER, fill: "toString", runtime, fills: tinyFills })).rejects.toBeInstanceOf(FillUnknown);
    const again = await fillSandbox({ folder: FOLDER, fill: "tiny", runtime, fills: tinyFills, replace: true });
    expect(again.about.instance).not.toBe(first.sandbox.about.instance);
  });

  test("closed, it answers no more", async () => {
    const { ask, sandbox } = await fillTiny();
    await sandbox.close();
    await sandbox.close();
    await expect(ask("GET", "/groups")).rejects.toThrow("closed");
  });
});

describe("the clock", () => {
  test("waiting side by side takes as long as the longest wait", async () => {
    const { sandbox } = await fillTiny();
    const start = sandbox.clock.now();
    const order: number[] = [];
    await Promise.all([3_000, 1_000, 2_000].map(async (ms) => sandbox.clock.sleep(ms).then(() => order.push(sandbox.clock.now() - start))));
    expect(order).toEqual([1_000, 2_000, 3_000]);
  });

  test("a wait that is called off ends with its reason and moves nothing", async () => {
    const { sandbox } = await fillTiny();
    const start = sandbox.clock.now();
    const stop = new AbortController();
    const waiting = sandbox.clock.sleep(1_000, stop.signal);
    stop.abort(new Error("Ctrl-C"));
    await expect(waiting).rejects.toThrow("Ctrl-C");
    await expect(sandbox.clock.sleep(1_000, stop.signal)).rejects.toThrow("Ctrl-C");
    await sandbox.clock.sleep(0);
    expect(sandbox.clock.now()).toBe(start);
  });

  test("running, it goes on with the machine's", async () => {
    const { sandbox, runtime, ask } = await fillTiny(quietWith({ clock: "running" }));
    const start = sandbox.clock.now();
    await runtime.clock.sleep(4_000);
    expect(sandbox.clock.now() - start).toBe(4_000);
    await ask("PUT", "/_practice/dials", quietWith({}));
    await runtime.clock.sleep(4_000);
    expect(sandbox.clock.now() - start).toBe(4_000);
  });
});
