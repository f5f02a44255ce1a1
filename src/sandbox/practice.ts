/** The control routes of a practice tenant, `/_practice`: not part of Graph, for people and tests. */

import { z } from "zod";
import type { TenantClock } from "./clock.ts";
import { idOf } from "./collection.ts";
import { type Dials, dialsSchema } from "./dials.ts";
import { checkKeeping } from "./exchange/keeping.ts";
import { provisioned } from "./exchange/mailbox.ts";
import type { Json, WireObject } from "./fill.ts";
import { ownersOf } from "./members.ts";
import { Refusal } from "./refusal.ts";
import type { RequestLog } from "./requests.ts";
import { carryOutSchedule } from "./rules/managed-policies.ts";
import { trySignIn } from "./sign-in.ts";
import { type Change, COLLECTIONS, type Store } from "./store.ts";
import { tokenFor } from "./token.ts";

export type About = {
  /** Random, another one for every fill. */
  readonly instance: string;
  readonly fill: string;
  readonly name: string;
  readonly tenantId: string;
};

export type Practice = {
  readonly about: () => WireObject;
  readonly moveClock: (body: Json | undefined) => Promise<WireObject>;
  readonly requests: (since: string | undefined) => WireObject;
  readonly dials: () => WireObject;
  readonly setDials: (body: Json | undefined) => WireObject;
  readonly arrange: (body: Json | undefined) => WireObject;
  readonly signIn: (body: Json | undefined) => WireObject;
  /** An access token for a resource, `graph` or `exchange`. @param key that of the practice tenant itself */
  readonly token: (resource: string, key: string) => WireObject;
};

const clockSchema = z.union([z.strictObject({ forwardMs: z.number().min(0) }), z.strictObject({ to: z.iso.datetime({ offset: true }) })]);

const wireObject = z.custom<WireObject>(
  (value) => typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" && value.id !== "",
  "an object with an id",
);

const arrangeSchema = z.strictObject({
  put: z
    .array(
      z.discriminatedUnion("collection", [
        // All members of a group or a directory role, from now on.
        z.strictObject({ collection: z.literal("members"), object: z.strictObject({ id: z.string(), members: z.array(z.string()) }) }),
        // All owners of a group or an application, likewise.
        z.strictObject({ collection: z.literal("owners"), object: z.strictObject({ id: z.string(), owners: z.array(z.string()) }) }),
        z.strictObject({ collection: z.enum(COLLECTIONS), object: wireObject }),
      ]),
    )
    .default([]),
  remove: z.array(z.strictObject({ collection: z.enum(COLLECTIONS), id: z.string() })).default([]),
});

const read = <T>(schema: z.ZodType<T>, body: Json | undefined): T => {
  const result = schema.safeParse(body);
  if (!result.success) throw new Refusal(400, "BadRequest", z.prettifyError(result.error));
  return result.data;
};

const dialsJson = (dials: Dials): WireObject => {
  const plain: WireObject = JSON.parse(JSON.stringify(dials));
  return plain;
};

export const createPractice = (about: About, store: Store, clock: TenantClock, requests: RequestLog): Practice => {
  const now = (): string => new Date(clock.now()).toISOString();
  return {
    about: () => ({ practice: true, ...about, now: now() }),
    moveClock: async (body) => {
      const move = read(clockSchema, body);
      const to = "to" in move ? Date.parse(move.to) : clock.now() + Math.round(move.forwardMs);
      if (to < clock.now()) throw new Refusal(400, "BadRequest", `the clock of a practice tenant moves forward only; it is ${now()} there`);
      await clock.moveTo(to);
      carryOutSchedule(store);
      return { now: now() };
    },
    requests: (since) => {
      if (since !== undefined && !/^\d+$/.test(since)) throw new Refusal(400, "BadRequest", "since is the number of a request");
      const rows = requests.since(Number(since ?? "0"));
      return { next: requests.count() + 1, requests: rows.map((row) => ({ ...row })) };
    },
    dials: () => dialsJson(store.dials),
    setDials: (body) => {
      const dials = read(dialsSchema, body);
      store.write([{ type: "dials", dials }]);
      clock.run(dials.clock === "running");
      return dialsJson(dials);
    },
    arrange: (body) => {
      const { put, remove } = read(arrangeSchema, body);
      const seenFrom = store.now;
      const changes: Change[] = [];
      const putInto = (container: string, members: readonly string[]): void => {
        const wanted = new Set(members.map((id) => id.toLowerCase()));
        const current = store.members.current(container);
        const there = new Set(current);
        const [added, removed] = [[...wanted].filter((id) => !there.has(id)), current.filter((id) => !wanted.has(id))];
        changes.push({ type: "members", container, added, removed, seenFrom });
      };
      for (const { collection, object } of put) {
        if (collection === "members") putInto(object.id.toLowerCase(), object.members);
        else if (collection === "owners") putInto(ownersOf(object.id), object.owners);
        else {
          if (collection === "exchangeMailboxes") checkKeeping(object);
          if (collection === "users") changes.push(...provisioned(store, store.of("users").current(idOf(object)), object));
          changes.push({ type: "put", collection, object, seenFrom });
        }
      }
      for (const { collection, id } of remove) changes.push({ type: "remove", collection, id: id.toLowerCase(), seenFrom });
      store.write(changes);
      return { put: put.length, removed: remove.length };
    },
    signIn: (body) => trySignIn(store, body),
    token: (resource, key) => {
      if (resource !== "graph" && resource !== "exchange") throw new Refusal(400, "BadRequest", "resource is graph or exchange");
      return { token: tokenFor(store, resource, key) };
    },
  };
};
