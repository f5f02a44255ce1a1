/**
 * A model of `Gateway`: a tenant in memory whose lists lag behind, whose answers get lost, and whose process dies at a
 * moment that a test chooses. No wire, no service: only the laws of the engine are held against it.
 */

import { type ApplyResult, apply } from "../../src/apply.ts";
import type { Entry, Step, StepId, StepOutcome } from "../../src/core/changes.ts";
import { desiredAt } from "../../src/core/desired.ts";
import { diff } from "../../src/core/diff.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { linesOf, type Run, readJournal, runOf } from "../../src/core/journal.ts";
import { mapIds, settingsOf } from "../../src/core/kinds/index.ts";
import { Mailboxes } from "../../src/core/mailboxes.ts";
import { markOf } from "../../src/core/mark.ts";
import { NOT_ASKED, type Observed } from "../../src/core/observed.ts";
import { PerUserStates } from "../../src/core/per-user-states.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { type Instant, type Kind, type Known, type ObjectId, present, type ResourceOf, type Settings } from "../../src/core/tenant.ts";
import type { Clock } from "../../src/runtime.ts";
import type { Gateway } from "../../src/service.ts";
import { type Settlement, settle } from "../../src/settle.ts";
import type { ApplyInput } from "../../src/working.ts";
import { cohort, emergency, id, MOMENT, observed, PLAN_ID, plan, roster } from "../core/guards/world.ts";

export class Killed extends Error {}

export type Stored = {
  readonly kind: Kind;
  readonly id: ObjectId;
  readonly settings: Settings;
  readonly members: ReadonlySet<ObjectId>;
  readonly managed: boolean;
};
type State = ReadonlyMap<ObjectId, Stored>;

export class FakeClock implements Clock {
  at: Instant;
  slept: number[] = [];
  constructor(at: Instant) {
    this.at = at;
  }
  now = (): Instant => this.at;
  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) throw signal.reason;
    this.slept.push(ms);
    this.at += ms;
  };
}

export class Tenant {
  readonly clock: FakeClock;
  lagMs = 0;
  writes: Step[] = [];
  lists: Kind[] = [];
  memberLists = 0;
  /** Decides what becomes of each write: `lost` does it and answers nothing, `nothing` does not do it and answers nothing. */
  fate: (step: Step) => "done" | "lost" | "nothing" | StepOutcome = () => "done";
  onWrite: (step: Step) => void = () => undefined;
  onList: (kind: Kind) => Known<never> | undefined = () => undefined;
  #states: { readonly at: Instant; readonly state: State }[];
  #deleted = new Map<ObjectId, Stored>();
  #next = 0xa000;

  constructor(clock: FakeClock, stored: readonly Stored[] = []) {
    this.clock = clock;
    this.#states = [{ at: Number.NEGATIVE_INFINITY, state: new Map(stored.map((each) => [each.id, each])) }];
  }

  get state(): State {
    return this.#states.at(-1)?.state ?? new Map();
  }

  put(stored: Stored): void {
    this.#set(new Map([...this.state, [stored.id, stored]]));
  }

  remove(gone: ObjectId): void {
    const next = new Map(this.state);
    next.delete(gone);
    this.#set(next);
  }

  #set(state: State): void {
    this.#states.push({ at: this.clock.at, state });
  }

  get #shown(): State {
    return this.#states.findLast(({ at }) => at <= this.clock.at - this.lagMs)?.state ?? new Map();
  }

  ours(kind: Kind, key: string): readonly Stored[] {
    return [...this.state.values()].filter((each) => each.kind === kind && asResource(kind, each).mark?.key === key);
  }

  gateway(): Gateway {
    return {
      readTenant: () => Promise.reject(new Error("the model is read with observe()")),
      list: async <K extends Kind>(kind: K): Promise<Known<readonly ResourceOf<K>[]>> => {
        this.lists.push(kind);
        return this.onList(kind) ?? present(this.shown(kind));
      },
      states: async () => present(new PerUserStates("looked-up")),
      mailboxes: async () => present(new Mailboxes()),
      listed: () => Promise.reject(new Error("nobody is on a list")),
      standing: () => Promise.reject(new Error("nobody is on a list")),
      members: async (group) => {
        this.memberLists += 1;
        const found = this.#shown.get(group);
        return found === undefined ? { type: "absent" } : present(IdIndex.of(found.members));
      },
      perform: async (steps, made, beforeSend, onOutcome) => {
        const outcomes = new Map<StepId, StepOutcome>();
        for (const step of steps) {
          if (step.write.type === "create") await beforeSend(step.id);
          const fate = this.fate(step);
          this.writes.push(step);
          if (fate === "done" || fate === "lost") {
            const outcome = this.#write(step, (ref) => made.get(ref) ?? ref);
            outcomes.set(step.id, fate === "lost" ? { type: "unknown", because: "no answer" } : outcome);
          } else outcomes.set(step.id, fate === "nothing" ? { type: "unknown", because: "no answer" } : fate);
          this.onWrite(step);
          onOutcome?.(outcomes.size);
        }
        return outcomes;
      },
    };
  }

  shown<K extends Kind>(kind: K): readonly ResourceOf<K>[] {
    return [...this.#shown.values()].filter((each) => each.kind === kind).map((each) => asResource(kind, each));
  }

  observe(): Observed {
    const groups = this.shown("cohort-group");
    return {
      ...observed(),
      readAt: this.clock.at,
      resources: {
        ...NOT_ASKED,
        "cohort-group": present(groups),
        "named-location": present(this.shown("named-location")),
        "conditional-access": present(this.shown("conditional-access")),
      },
      members: new Map(groups.map((group) => [group.id, present(IdIndex.of(this.#shown.get(group.id)?.members ?? []))])),
      roster: present(roster(HEADS)),
      emergency: [emergency(1), emergency(2)],
    };
  }

  #write(step: Step, named: (ref: string) => string): StepOutcome {
    const { write } = step;
    const withIds = (kind: Kind, settings: Settings): Settings => mapIds(kind, settingsOf(kind, settings), named);
    switch (write.type) {
      case "create": {
        const made = id(this.#next);
        this.#next += 1;
        const settings = withIds(write.kind, write.settings);
        this.put({ kind: write.kind, id: made, settings, members: new Set(), managed: false });
        return { type: "done", id: made, settings };
      }
      case "update": {
        const old = this.state.get(write.id);
        if (old === undefined) return { type: "refused", error: { status: 404, code: "ResourceNotFound", message: "gone" } };
        this.put({ ...old, settings: withIds(write.kind, write.after) });
        return { type: "done", id: write.id };
      }
      case "delete": {
        const old = this.state.get(write.id);
        if (old !== undefined) this.#deleted.set(write.id, old);
        this.remove(write.id);
        return { type: "done" };
      }
      case "restore": {
        const old = this.#deleted.get(write.id);
        if (old === undefined) return { type: "refused", error: { status: 404, code: "ResourceNotFound", message: "gone" } };
        this.put(old);
        return { type: "done", id: write.id, settings: old.settings };
      }
      case "add-members":
      case "remove-member": {
        const old = this.state.get(named(write.group));
        if (old === undefined) return { type: "refused", error: { status: 404, code: "Request_ResourceNotFound", message: "gone" } };
        const members = new Set(old.members);
        for (const each of write.ids)
          if (write.type === "add-members") members.add(each);
          else members.delete(each);
        this.put({ ...old, members });
        return { type: "done" };
      }
      case "set-states":
      case "set-mailboxes":
      case "set-accounts":
        throw new Error("nobody here has a state or a mailbox, or is on a list");
    }
  }
}

const asResource = <K extends Kind>(kind: K, { id: own, settings, managed }: Stored): ResourceOf<K> => {
  const mark = managed ? undefined : "name" in settings ? markOf("description" in settings ? settings.description : undefined, settings.name) : undefined;
  return { kind, id: own, settings: settingsOf(kind, settings), managed, ...(mark !== undefined && { mark }) };
};

export const HEADS = 45;

const place = { file: "county.yaml", line: 1, column: 1 };
const phase = (name: string, on: readonly ("web" | "clients")[], day: number) => ({
  id: name,
  title: name,
  starts: { local: `2018-11-${day}T00:00`, instant: Date.parse(`2018-11-${day}T00:00:00Z`) },
  requireMfa: { for: "heads", on, apps: "all" as const, outside: ["schools"] },
  place,
});

export const PLAN = plan({
  cohorts: [cohort()],
  networks: [{ name: "schools", slug: "schools", sort: "ip", ranges: ["192.0.2.0/24"], trusted: false, place }],
  phases: [phase("heads-web", ["web"], 19), phase("heads-clients", ["clients"], 26)],
});
export const LATER = Date.parse("2018-11-26T00:00:00Z");

/** Journals as text, as they would stand on disk. A dead process may leave half a line. */
export class Disk {
  readonly texts: string[] = [];
  appends = 0;
  onAppend: (entries: readonly Entry[]) => "whole" | "torn" | "never" = () => "whole";

  writer(run: number): ApplyInput["journal"] {
    return {
      append: async (entries) => {
        this.appends += 1;
        const text = linesOf(entries);
        const how = this.onAppend(entries);
        this.texts[run] = `${this.texts[run] ?? ""}${how === "whole" ? text : how === "torn" ? text.slice(0, Math.floor(text.length * 0.7)) : ""}`;
        if (how !== "whole") throw new Killed("killed while appending");
      },
    };
  }

  get runs(): readonly Run[] {
    return this.texts.flatMap((text) => {
      const journal = readJournal(text);
      if (journal.type === "damaged") throw new Error(`line ${journal.line}: ${journal.because}`);
      return runOf(journal.entries) ?? [];
    });
  }
}

export const startEntry = (run: number, at: Instant, more: Partial<Extract<Entry, { readonly type: "start" }>> = {}): Entry => ({
  type: "start",
  at,
  run: `20181119T000000Z-${run.toString(16).padStart(4, "0")}`,
  schema: 1,
  toolVersion: "0.1.0",
  plan: { id: PLAN_ID, name: "", file: "county.yaml" },
  tenant: id(0xfff),
  asOf: at,
  hash: "",
  phases: [],
  allowed: [],
  ...more,
});

export type Outcome = { readonly result: ApplyResult; readonly settlement: Settlement; readonly steps: readonly Step[] };

/** What the command does: read, look back, diff, apply. */
export const runOnce = async (
  tenant: Tenant,
  disk: Disk,
  moment: Instant,
  signal: AbortSignal = new AbortController().signal,
  more: { readonly allow?: number } = {},
): Promise<Outcome> => {
  const gateway = tenant.gateway();
  const desired = desiredAt(PLAN, moment);
  const wanted = new Set(desired.resources.map(({ kind, key }) => `@${kind}/${key}`));
  const settlement = await settle({ runs: disk.runs, observed: tenant.observe(), wanted, gateway, clock: tenant.clock, signal, ...more });
  const steps = orderSteps(diff(PLAN, desired, settlement.observed));
  const number = disk.texts.length;
  const journal = disk.writer(number);
  await journal.append([startEntry(number, tenant.clock.at), ...settlement.settled]);
  const leaveOut = new Map(
    settlement.waiting.map(({ kind, key, from }) => [`@${kind}/${key}`, `an earlier run may have made it; it is made again from ${from} on`]),
  );
  const result = await apply({ steps, gateway, journal, clock: tenant.clock, signal, observed: settlement.observed, leaveOut });
  return { result, settlement, steps };
};

export const WANTED: readonly (readonly [Kind, string])[] = [
  ["cohort-group", "heads"],
  ["named-location", "schools"],
  ["conditional-access", "mfa-heads-outside-schools"],
];

export const countsOf = (tenant: Tenant): readonly number[] => WANTED.map(([kind, key]) => tenant.ours(kind, key).length);

export { MOMENT };
