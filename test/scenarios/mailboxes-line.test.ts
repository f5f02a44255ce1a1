/** Bad lines and a slow service: whatever happens to a request, what is said to be done is done, and the next run does the rest. */

import { describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import { dice, oneOf } from "./dice.ts";
import { badLine, TROUBLES, type Trouble } from "./line.ts";
import { boxesOf, countOf, flat, mailDays, mailOf, PLAN, protocolsOf, told, twiceIn, typedWith } from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";

const SOAK = process.env["SOAK"] !== undefined;
const SEED = Number(process.env["SEED"] ?? 20181109);
const MAILBOXES = 758;
const ALL_OFF = { none: MAILBOXES - 1, "POP3 IMAP": 1 };

const { begun, closed } = mailDays();

const seen = async (stage: Stage): Promise<Readonly<Record<string, number>>> => protocolsOf((await boxesOf(stage)).values());
const DIALS_LAG = { directory: 0, conditionalAccess: 0 };

describe("a service that is late", () => {
  test("two minutes, all but a second: it is waited for", async () => {
    const stage = await begun({ world: "trust" });
    await stage.reader.dials({ lagMs: { ...DIALS_LAG, exchange: 119_000 } });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    expect(await seen(stage)).toEqual(ALL_OFF);
    expect(twiceIn(run.writes)).toEqual([]);
  });

  test("ten minutes: nothing is claimed, and once it shows there is nothing to do", async () => {
    const stage = await begun({ world: "trust" });
    await stage.reader.dials({ lagMs: { ...DIALS_LAG, exchange: 600_000 } });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(4);
    expect(flat(run.stdout)).toContain("the service took it, but after 120 s ");
    expect(run.stdout).not.toMatch(/all written and read back/);
    // It still shows the old: only what it shows is known.
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 2 });
    await stage.reader.forward(3_600_000);
    const later = await typedWith(stage, ["run", PLAN]);
    expect([later.exit, later.writes], told(later)).toEqual([0, []]);
    expect(await seen(stage)).toEqual(ALL_OFF);
  });
});

/** Answers as a batch does: each of its items as done, of which none is. */
const pretended = async (request: Request): Promise<Response> => {
  const { requests } = (await request.json()) as { readonly requests: readonly { readonly id: string }[] };
  const responses = requests.map(({ id }) => ({ id, status: 200, headers: {}, body: { "@adminapi.warnings": [], value: [] } }));
  return new Response(JSON.stringify({ responses }), { status: 200, headers: { "content-type": "application/json" } });
};

/** What happens to the batch with this number, counted from 1; the plans are the first. */
const atBatch = (fetch: Fetch, number: number, instead: (request: Request) => Promise<Response>): Fetch => {
  let batches = 0;
  return (request) => {
    if (!request.url.endsWith("/$batch") || !request.url.includes("/adminapi/")) return fetch(request);
    batches += 1;
    return batches === number ? instead(request) : fetch(request);
  };
};

describe("an answer that is none", () => {
  test("success that did nothing is found out, named, and mended", async () => {
    const stage = await begun({ world: "trust" });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], { fetch: atBatch(stage.fetch, 40, pretended) });
    expect(run.exit, told(run)).toBe(4);
    expect(flat(run.stdout)).toMatch(/not known mailboxes "every mailbox" the service took it, but after 120 s it does not show: 10 mailboxes, \S+@\S+, /);
    expect(await seen(stage)).toEqual({ none: MAILBOXES - 11, "POP3 IMAP": 11 });
    const next = await typedWith(stage, ["run", PLAN]);
    expect([next.exit, next.writes.length], told(next)).toEqual([0, 10]);
    expect(await seen(stage)).toEqual(ALL_OFF);
  });

  test("so it is for the plans of new mailboxes", async () => {
    const stage = await begun({ world: "trust" });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], { fetch: atBatch(stage.fetch, 1, pretended) });
    expect(run.exit, told(run)).toBe(4);
    expect(flat(run.stdout)).toMatch(/not known plan "ExchangeOnline" the service took it, but after 120 s the service still shows the old /);
    expect((await typedWith(stage, ["run", PLAN])).exit).toBe(0);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  test("a 403 that nobody can read, out of nowhere and once: nothing is claimed, and the next run does the rest", async () => {
    const stage = await begun({ world: "trust" });
    const nul = async (): Promise<Response> => new Response(new Uint8Array(4_096), { status: 403, headers: { "content-type": "application/json" } });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], { fetch: atBatch(stage.fetch, 30, nul) });
    expect(run.exit, told(run)).toBe(4);
    const left = (await seen(stage))["POP3 IMAP"] ?? 0;
    expect(left).toBeGreaterThanOrEqual(11);
    expect(flat(run.stdout)).toContain("Exchange Online answered 403 to Set-CASMailbox");
    const next = await typedWith(stage, ["run", PLAN]);
    expect([next.exit, next.writes.length], told(next)).toEqual([0, left - 1]);
    expect(await seen(stage)).toEqual(ALL_OFF);
  });

  test.each([["as often as it is tried, on every lane", 18] as const, ...(SOAK ? [["once", 1] as const] : [])])(
    "a batch is done and its answer lost, %s: it is looked for and found",
    async (_, times) => {
      const stage = await begun({ world: "trust" });
      await stage.reader.dials({ faults: [{ method: "POST", path: "/adminapi/\\$batch$", skip: 20, times, effect: { type: "drop-after" } }] });
      const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
      expect(run.exit, told(run)).toBe(0);
      expect(await seen(stage)).toEqual(ALL_OFF);
      // No other is sent twice.
      expect(twiceIn(run.writes).length).toBeGreaterThanOrEqual((times - 3) * 10);
      expect(twiceIn(run.writes).length).toBeLessThanOrEqual(times * 10);
    },
  );

  test("the line is dead from the middle on: 4, nothing claimed; the next run does the rest and no more", async () => {
    const stage = await begun({ world: "trust" });
    let batches = 0;
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], {
      fetch: async (request) => {
        if (request.url.includes("/adminapi/") && request.url.endsWith("/$batch")) batches += 1;
        if (batches > 25 && request.url.includes("/adminapi/"))
          throw new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
        return stage.fetch(request);
      },
    });
    expect(run.exit, told(run)).toBe(4);
    expect(run.stdout).not.toMatch(/all written and read back/);
    await stage.reader.forward(10_000);
    const left = ((await seen(stage))["POP3 IMAP"] ?? 0) - 1;
    expect(left).toBeGreaterThan(500);
    const next = await typedWith(stage, ["run", PLAN]);
    expect([next.exit, next.writes.length], told(next)).toEqual([0, left]);
    expect(await seen(stage)).toEqual(ALL_OFF);
  });

  test("a read that fails writes nothing about mailboxes", async () => {
    const stage = await begun({ world: "trust" });
    const before = await mailOf(stage);
    await stage.reader.dials({ faults: [{ method: "POST", path: "/adminapi/InvokeCommand/Get-CASMailbox/$", effect: { type: "status", status: 503 } }] });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    await stage.reader.dials({});
    const writes = run.writes.filter(({ cmdlet }) => cmdlet !== "Set-CASMailboxPlan");
    expect([run.exit, writes], told(run)).toEqual([4, []]);
    expect((await mailOf(stage)).slice(0, MAILBOXES)).toEqual(before.slice(0, MAILBOXES));
    expect((await typedWith(stage, ["run", PLAN])).exit).toBe(0);
    expect(await seen(stage)).toEqual(ALL_OFF);
  });
});

describe("pages", () => {
  test("one whose address is no longer good: the listing is begun anew, and is whole", { timeout: 120_000 }, async () => {
    const stage = await begun({});
    const { size } = await boxesOf(stage);
    let late = 0;
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], {
      fetch: async (request) => {
        // Half an hour passes between the first page and the second.
        if (request.url.includes("skiptoken") && request.url.includes("/adminapi/") && late === 0) {
          late += 1;
          await stage.reader.forward(31 * 60_000);
        }
        return stage.fetch(request);
      },
    });
    expect([run.exit, late], told(run)).toEqual([0, 1]);
    expect(countOf(run.writes)["Set-CASMailbox"]).toBe(size - 1);
    await closed(stage);
  });

  test("no second page, ever: nobody takes a part for the whole", { timeout: 120_000 }, async () => {
    const stage = await begun({});
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], {
      fetch: async (request) => {
        if (request.url.includes("skiptoken") && request.url.includes("/adminapi/")) await stage.reader.forward(31 * 60_000);
        return stage.fetch(request);
      },
    });
    expect(run.exit, told(run)).toBe(4);
    expect(countOf(run.writes)["Set-CASMailbox"]).toBe(undefined);
    expect(flat(run.stdout)).toMatch(/the protocols of mailboxes could not be read: .*Expired or Invalid pagination request/);
    expect((await seen(stage))["none"]).toBe(undefined);
    await closed(stage);
  });
});

describe("any trouble, anywhere", () => {
  /** Of a run on the trust: the plans, 76 batches, and what is read. */
  const POSTS = 85;
  const play = async (trouble: Trouble, at: number): Promise<void> => {
    const stage = await begun({ world: "trust" });
    const name = `${JSON.stringify(trouble)} at ${at}`;
    const line = badLine(stage.fetch, trouble, at);
    const run = await stage.cli(["apply", PLAN, "--yes"], { fetch: line.fetch });
    expect([0, 4, 69], `${name}: ${told(run)}`).toContain(run.exit);
    await stage.reader.forward(10_000);
    const state = await seen(stage);
    if (run.exit === 0) expect(state, `${name}: ${told(run)}`).toEqual(ALL_OFF);
    const next = await typedWith(stage, ["run", PLAN]);
    expect(next.exit, `${name}: ${told(run, next)}`).toBe(0);
    if (run.exit === 0) expect(next.writes, name).toEqual([]);
    expect(await seen(stage), name).toEqual(ALL_OFF);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    await closed(stage);
  };

  test("with what the dice give", { timeout: 1_200_000 }, async () => {
    const random = dice(SEED);
    const cases = SOAK
      ? TROUBLES.flatMap((trouble) => Array.from({ length: 4 }, () => ({ trouble, at: Math.floor(random() * POSTS) })))
      : Array.from({ length: 1 }, () => ({ trouble: oneOf(random, TROUBLES), at: Math.floor(random() * POSTS) }));
    const failed: string[] = [];
    for (const { trouble, at } of cases) await play(trouble, at).catch((error: unknown) => failed.push(String(error)));
    expect(failed).toEqual([]);
  });
});
