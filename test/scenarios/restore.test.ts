/** Accounts that come back: out of the deleted items, by what the archive has, and made anew where nothing else is left. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openArchive, readArchives } from "../../src/archive.ts";
import type { ArchiveLine } from "../../src/core/accounts/archive-lines.ts";
import type { ArchivedAccount } from "../../src/core/accounts/facts.ts";
import type { Entry, Step } from "../../src/core/changes.ts";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import { nodeRuntime } from "../../src/node-runtime.ts";
import type { Fetch } from "../../src/runtime.ts";
import { openState } from "../../src/state.ts";
import { startEntry } from "../apply/model.ts";
import type { CliResult } from "../cli/harness.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

const DAY = 86_400_000;
const KIM = "newsletter@small.example";
const LEE = "volunteer-1@small.example";
const MEL = "volunteer-2@small.example";
/** What was just written is there at once: who lags is told elsewhere. */
const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };
const LISTED = "account-deletion";

type User = {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly accountEnabled: boolean;
  readonly assignedLicenses: readonly { readonly skuId: string; readonly disabledPlans: readonly string[] }[];
};

const WHOLE = "id,userPrincipalName,displayName,mailNickname,department,jobTitle,usageLocation,userType,accountEnabled,assignedLicenses";

/** What the tool would have left behind after it blocked and deleted them. */
class Past {
  readonly stage: Stage;
  readonly state: string;
  group = "";
  readonly ids = new Map<string, string>();
  #tenant = "";
  #now = 0;

  constructor(stage: Stage) {
    this.stage = stage;
    this.state = join(stage.cwd, "state");
  }

  /** As the administrator sees it; undefined: the directory does not know it. */
  async user(key: string): Promise<User | undefined> {
    const answer = await this.stage.reader.send("GET", `/v1.0/users/${encodeURIComponent(key)}?$select=${WHOLE}`);
    const body = (await answer.json()) as User;
    if (answer.ok) return body;
    expect(answer.status).toBe(404);
    return undefined;
  }

  groupsOf = async (id: string): Promise<readonly string[]> =>
    (await this.stage.reader.all<{ id: string }>(`/v1.0/users/${id}/memberOf/microsoft.graph.group?$select=id`)).map((group) => group.id).sort();

  async #archived(address: string): Promise<ArchivedAccount> {
    const user = await this.user(address);
    if (user === undefined) throw new Error(`no ${address}`);
    const { id, userPrincipalName, accountEnabled, assignedLicenses, ...profile } = user;
    return {
      id,
      upn: userPrincipalName,
      enabled: accountEnabled,
      profile,
      groups: await this.groupsOf(id),
      groupNames: { [this.group]: "Choir" },
      licences: assignedLicenses.map(({ skuId, disabledPlans }) => ({ sku: skuId, off: disabledPlans })),
      besides: ["the group of the whole staff, which takes its members by a rule"],
    };
  }

  /** A run with its journal, as the engine writes it. */
  async #run(to: "blocked" | "deleted", ids: readonly string[], plan: string, lines: (run: string) => readonly ArchiveLine[]): Promise<void> {
    const node = nodeRuntime(".");
    const step: Step = {
      id: "0001",
      kind: LISTED,
      key: "unused",
      name: "Listed accounts",
      write: { type: "set-accounts", kind: LISTED, key: "unused", to, ids },
      undo: { type: "accounts", to, ids },
      after: [],
      phases: ["unused"],
    };
    const begun = (run: string): readonly Entry[] => [
      { ...(startEntry(0, this.#now, { tenant: this.#tenant, plan: { id: plan, name: plan, file: "plan.yaml" } }) as Extract<Entry, { type: "start" }>), run },
    ];
    const journal = await openState(this.state, node).begin(this.#now, begun);
    await openArchive(this.state, journal.run, node).append(lines(journal.run));
    await journal.append([
      { type: "intent", at: this.#now, step },
      { type: "outcome", at: this.#now, step: "0001", outcome: { type: "done" } },
      { type: "end", at: this.#now, exit: 0 },
    ]);
  }

  /** Blocked by one run, deleted by the next. */
  async deleted(addresses: readonly string[], plan = "small-2024"): Promise<void> {
    const { reader } = this.stage;
    await reader.dials(CALM);
    const about = await reader.json<{ tenantId: string; now: string }>("GET", "/_practice");
    this.#tenant = about.tenantId;
    this.#now = Date.parse(about.now);
    if (this.group === "") {
      const choir = { displayName: "Choir", mailEnabled: false, mailNickname: "choir", securityEnabled: true };
      this.group = (await reader.json<{ id: string }>("POST", "/v1.0/groups", choir)).id;
    }
    const archived: ArchivedAccount[] = [];
    for (const address of addresses) {
      const id = (await this.user(address))?.id ?? "";
      this.ids.set(address, id);
      await reader.json("POST", `/v1.0/groups/${this.group}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
      await reader.json("PATCH", `/v1.0/users/${id}`, { accountEnabled: false });
      archived.push(await this.#archived(address));
    }
    const ids = archived.map(({ id }) => id).sort();
    const said = { at: this.#now, plan, phase: "unused", decidedBy: "Head of Office", reason: "left" };
    await this.#run("blocked", ids, plan, (run) => archived.map(({ id, upn }) => ({ type: "blocked", ...said, run, id, upn })));
    await this.#run("deleted", ids, plan, (run) =>
      archived.map((account, at) => ({ type: "account", ...said, run, account, list: { file: "unused.csv", line: at + 2 } })),
    );
    for (const id of ids) await reader.json("DELETE", `/v1.0/users/${id}`);
  }

  restore = (list: string, ...more: readonly string[]): Promise<CliResult> =>
    this.stage.cli([
      "accounts",
      "restore",
      list,
      "--state",
      this.state,
      "--quiet",
      ...(more.includes("--ask") ? [] : ["--yes"]),
      ...more.filter((each) => each !== "--ask"),
    ]);

  json = async (list: string, ...more: readonly string[]) => {
    const { stdout } = await this.restore(list, "--json", ...more);
    return DOCUMENT_SCHEMAS["accounts-restore"].parse(JSON.parse(stdout));
  };
}

let past: Past;
beforeEach(async () => {
  past = new Past(await stageOf("small", undefined, NO_LOG));
});
afterEach(() => past.stage.close());

const plain = ({ stdout, stderr }: CliResult): string => `${stdout}${stderr}`.replaceAll(/\s+/g, " ");

describe("within thirty days", () => {
  test("one by its address: as it was, can sign in again, and the others stay where they are", async () => {
    await past.deleted([KIM, LEE]);
    expect(await past.user(KIM)).toBeUndefined();
    const done = await past.restore(KIM);
    expect(done, plain(done)).toMatchObject({ exit: 0 });
    expect(plain(done)).toContain("brings back 1 account that small-2024 deleted");
    const user = await past.user(KIM);
    expect(user).toMatchObject({ id: past.ids.get(KIM), accountEnabled: true });
    expect(user?.assignedLicenses).toHaveLength(1);
    expect(await past.groupsOf(user?.id ?? "")).toContain(past.group);
    expect(await past.user(LEE)).toBeUndefined();
    expect(plain(done)).toContain("1 account back, and looked at");
    expect(plain(done)).toContain("unused.csv, line 2 write keep there");
  });

  test("by a review list: who was never deleted is counted, and --keep-blocked lets nobody in", async () => {
    await past.deleted([KIM, LEE]);
    const rows = [KIM, LEE, MEL].map(
      (address, at) => `${address};${past.ids.get(address) ?? "0f0f0f0f-0000-4000-8000-000000000000"};${at === 2 ? "keep" : "delete"}`,
    );
    writeFileSync(join(past.stage.cwd, "unused.csv"), `\ufeffAccount;Id;Decision\r\n${rows.join("\r\n")}\r\n`);
    const done = await past.restore("unused.csv", "--keep-blocked");
    expect(done, plain(done)).toMatchObject({ exit: 0 });
    expect(plain(done)).toContain("1 row of the list is of accounts that this tool never deleted");
    for (const address of [KIM, LEE]) expect(await past.user(address)).toMatchObject({ accountEnabled: false });
    expect(plain(done)).toContain("stays blocked");
  });

  test("again: nothing is done, and nothing is written", async () => {
    await past.deleted([KIM]);
    await past.restore(KIM);
    const runs = async (): Promise<string> => (await past.stage.cli(["runs", "--state", past.state])).stdout;
    const before = await runs();
    expect(before).toContain("brought accounts back");
    const again = await past.restore(KIM);
    expect(again).toMatchObject({ exit: 0 });
    expect(plain(again)).toContain("nothing to bring back of 1 account");
    expect(await runs()).toBe(before);
  });

  test("restored by hand in the admin centre: only what is missing is put back", async () => {
    await past.deleted([KIM]);
    const id = past.ids.get(KIM) ?? "";
    await past.stage.reader.json("POST", `/v1.0/directory/deletedItems/${id}/restore`);
    await past.stage.reader.send("DELETE", `/v1.0/groups/${past.group}/members/${id}/$ref`);
    expect(await past.groupsOf(id)).not.toContain(past.group);
    const done = await past.restore(id);
    expect(done, plain(done)).toMatchObject({ exit: 0 });
    expect(plain(done)).toContain("There already: what is missing is put back");
    expect(await past.groupsOf(id)).toContain(past.group);
    expect(await past.user(KIM)).toMatchObject({ accountEnabled: true });
  });

  test("a group that is gone by now: the account is back, what is missing is told by address, and the exit code says partly", async () => {
    await past.deleted([KIM, LEE]);
    await past.stage.reader.send("DELETE", `/v1.0/groups/${past.group}`);
    writeFileSync(join(past.stage.cwd, "back.txt"), `${KIM}\n${LEE}\n`);
    const document = await past.json("back.txt");
    expect(document).toMatchObject({ exit: 4, run: { exit: 4 } });
    expect(document.accounts.map(({ address, result, left }) => [address, result, left.length])).toEqual([
      [KIM, "back", 1],
      [LEE, "back", 1],
    ]);
    expect(await past.user(KIM)).toMatchObject({ accountEnabled: true });
    const text = await past.restore("back.txt");
    expect(text.exit).toBe(4);
    expect(plain(text)).toMatch(/Not given back newsletter@small\.example \S/);
    expect(plain(text)).toContain("group Choir");
    expect(text.stdout).not.toContain(past.ids.get(KIM));
  });

  test("interrupted while they are brought back: the same command again goes on with it", async () => {
    await past.deleted([KIM, LEE, MEL]);
    writeFileSync(join(past.stage.cwd, "back.txt"), `${KIM}\n${LEE}\n${MEL}\n`);
    const controller = new AbortController();
    const fetch: Fetch = async (request) => {
      const body = request.method === "POST" ? await request.clone().text() : "";
      const answer = await past.stage.fetch(request);
      if (body.includes("/restore")) controller.abort();
      return answer;
    };
    const typed = ["accounts", "restore", "back.txt", "--state", past.state, "--yes"];
    const cut = await past.stage.cli(typed, { fetch, signal: controller.signal });
    expect(cut.exit, plain(cut)).toBe(130);
    for (const address of [KIM, LEE, MEL]) expect(await past.user(address)).toMatchObject({ accountEnabled: false });
    expect((await past.stage.cli(["runs", "--state", past.state])).stdout).toContain("to go on:      entra-rollout accounts restore LIST");
    const again = await past.restore("back.txt");
    expect(again, plain(again)).toMatchObject({ exit: 0 });
    for (const address of [KIM, LEE, MEL]) {
      const user = await past.user(address);
      expect(user).toMatchObject({ id: past.ids.get(address), accountEnabled: true });
      expect(await past.groupsOf(user?.id ?? "")).toContain(past.group);
    }
  });

  test("where the service takes its time to show what it did", async () => {
    await past.deleted([KIM]);
    await past.stage.reader.dials({});
    const done = await past.restore(KIM);
    expect(done, plain(done)).toMatchObject({ exit: 0 });
    await past.stage.reader.forward(60_000);
    expect(await past.user(KIM)).toMatchObject({ id: past.ids.get(KIM), accountEnabled: true });
    expect(await past.groupsOf(past.ids.get(KIM) ?? "")).toContain(past.group);
  });

  test("on a terminal of eighty columns no line is wider", async () => {
    await past.deleted([KIM, LEE]);
    const { stdout } = await past.stage.cli(["accounts", "restore", KIM, "--state", past.state, "--yes", "--quiet"], { columns: 80 });
    expect(stdout.split("\n").filter((line) => line.length > 80 && !line.startsWith("to go on"))).toEqual([]);
  });

  test("declined: nothing is written", async () => {
    await past.deleted([KIM]);
    const { exit, stderr, questions } = await past.stage.cli(["accounts", "restore", KIM, "--state", past.state, "--quiet"], { answer: false });
    expect({ exit, questions }).toEqual({ exit: 130, questions: ["bring 1 account back in Small organisation?"] });
    expect(stderr).toContain("nothing was written");
    expect(await past.user(KIM)).toBeUndefined();
  });
});

describe("gone for good", () => {
  const long = (): Promise<unknown> => past.stage.reader.forward(31 * DAY);

  test("made anew from the archive: another id, blocked, with its groups, licences and profile; and only once", async () => {
    await past.deleted([KIM]);
    await long();
    const done = await past.restore(KIM);
    expect(done, plain(done)).toMatchObject({ exit: 0 });
    expect(plain(done)).toMatch(/Made anew newsletter@small\.example deleted 30 Sep, gone for good since 30 Oct; with 1 group \(Choir\)/);
    expect(plain(done)).toContain(`What this tool does not put back the group of the whole staff, which takes its members by a rule: ${KIM}`);
    expect(plain(done)).toContain("Temporary Access Pass");
    const user = await past.user(KIM);
    expect(user?.id).not.toBe(past.ids.get(KIM));
    expect(user).toMatchObject({ accountEnabled: false, displayName: "Newsletter (SMTP)" });
    expect(user?.assignedLicenses).toHaveLength(1);
    expect(await past.groupsOf(user?.id ?? "")).toContain(past.group);
    expect(plain(done)).toContain(`${KIM} ${user?.id}`);
    const { lines } = await readArchives(past.state, nodeRuntime("."));
    expect(lines.at(-1)).toMatchObject({ type: "restored", id: past.ids.get(KIM), newId: user?.id, upn: KIM });
    const again = await past.restore(past.ids.get(KIM) ?? "");
    expect(again, plain(again)).toMatchObject({ exit: 0 });
    expect(plain(again)).toContain("nothing to bring back of 1 account");
  });

  test("somebody has its address: told beforehand, and nobody is touched", async () => {
    await past.deleted([KIM]);
    await long();
    const other = {
      accountEnabled: true,
      displayName: "Kim Other",
      mailNickname: "kim",
      userPrincipalName: KIM,
      passwordProfile: { password: "not-a-real-one-9" },
    };
    await past.stage.reader.json("POST", "/v1.0/users", other);
    const document = await past.json(KIM);
    expect(document).toMatchObject({ exit: 4, run: { id: null }, accounts: [{ way: "taken", result: null }] });
    expect(await past.user(KIM)).toMatchObject({ displayName: "Kim Other", accountEnabled: true, assignedLicenses: [] });
  });
});

describe("refused", () => {
  test.each<readonly [string, string, string, number, readonly string[]]>([
    [
      "nobody in it was deleted",
      "who.txt",
      `${MEL}\nKim Lee\n`,
      65,
      ["nobody in who.txt was deleted", `who.txt:1: ${MEL}: this tool did not delete it`, "who.txt:2: Kim Lee: neither"],
    ],
    ["no list", "no.csv", "", 65, ["no.csv: it holds no row"]],
  ])("%s", async (_, file, text, exit, said) => {
    await past.deleted([KIM]);
    writeFileSync(join(past.stage.cwd, file), text);
    const refused = await past.restore(file);
    expect(refused.exit).toBe(exit);
    for (const words of said) expect(plain(refused)).toContain(words);
  });

  test("no such file, and no address", async () => {
    const refused = await past.restore("nobody.csv");
    expect(refused).toMatchObject({ exit: 65, stdout: "" });
    expect(refused.stderr).toContain("nobody.csv cannot be read: there is no such file");
  });

  test("of two plans: they are named, and nobody comes back", async () => {
    await past.deleted([KIM]);
    await past.deleted([LEE], "office-2024");
    writeFileSync(join(past.stage.cwd, "back.txt"), `${KIM}\n${LEE}\n`);
    const refused = await past.restore("back.txt");
    expect(refused.exit).toBe(64);
    expect(plain(refused)).toContain("office-2024 (1), small-2024 (1)");
    expect(await past.user(KIM)).toBeUndefined();
  });

  test("by an undo: nobody is deleted again", async () => {
    await past.deleted([KIM]);
    const document = await past.json(KIM);
    const undo = await past.stage.cli(["undo", document.run.id ?? "", "--state", past.state, "--yes"]);
    expect(undo.exit).toBe(64);
    expect(undo.stderr).toContain("brought accounts back: nobody is deleted again by an undo");
    expect(await past.user(KIM)).toBeDefined();
  });
});

test("the journal of it names nobody", async () => {
  await past.deleted([KIM, LEE]);
  const document = await past.json(KIM);
  const journal = readFileSync(join(past.state, `${document.run.id}.jsonl`), "utf8");
  expect(journal).toContain(past.ids.get(KIM));
  expect(journal).not.toMatch(/newsletter|volunteer|Choir/i);
});

test("report deletions tells all of it", async () => {
  await past.deleted([KIM, LEE]);
  await past.restore(KIM);
  const { stdout, exit } = await past.stage.cli(["report", "deletions", "--state", past.state, "--csv", "--quiet"]);
  expect(exit).toBe(0);
  const cells = stdout
    .trim()
    .split("\r\n")
    .map((row) => row.split(","));
  expect(cells.map((row) => `${row[0]} ${row[3]} ${row[7]}`)).toEqual([
    "Account What Can come back until",
    `${KIM} blocked `,
    `${LEE} blocked `,
    `${KIM} deleted `,
    `${LEE} deleted 2024-10-30T07:00:00Z`,
    `${KIM} restored `,
    `${KIM} enabled `,
  ]);
});
