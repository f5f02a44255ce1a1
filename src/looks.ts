/** Short looks: whether anything that decides has changed since the last whole look, told by a few lists. What is kept lies in the state folder. */

import { z } from "zod";
import { shortDigest } from "./core/hash.ts";
import { journalsDigest, type Look, listDigest, whyWhole } from "./core/looks.ts";
import type { Resources } from "./core/observed.ts";
import { MAX_REVIEW_BYTES } from "./core/plan/text.ts";
import { KINDS, type Kind } from "./core/tenant.ts";
import { type FileDigest, fileDigest } from "./plan-file.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";
import { filesIn, RUN_ID, SUFFIX } from "./state.ts";
import { pathsOf, readText } from "./text-file.ts";
import { VERSION } from "./version.ts";

const text = z.string();
const instant = z.int();
const lookSchema: z.ZodType<Look> = z.strictObject({
  schema: z.literal(1),
  version: text,
  tenant: z.strictObject({ id: text, name: text, practice: z.boolean() }),
  plan: z.strictObject({ id: text, name: text, file: text }),
  at: instant,
  until: instant,
  files: z.array(z.strictObject({ path: text, digest: text })).readonly(),
  journals: text,
  lists: z.array(z.strictObject({ kind: z.enum(KINDS), digest: text })).readonly(),
  phases: z
    .array(z.strictObject({ id: text, title: text, starts: text, state: z.enum(["done", "live", "due", "waiting", "held", "later", "staged"]) }))
    .readonly(),
  setAside: z
    .strictObject({
      halted: text.exactOptional(),
      out: z.array(text).readonly(),
      letIn: z.array(z.strictObject({ id: text, address: text.exactOptional(), until: text })).readonly(),
    })
    .exactOptional(),
});

/** By the plan's file, since what stands in it is not read yet. */
const pathOf = ({ tenant, state }: Session, planFile: string, runtime: Runtime): string => {
  const paths = pathsOf(runtime);
  return paths.join(state.folder, `look-${tenant.tenantId}-${shortDigest(paths.resolve(runtime.cwd, planFile))}.json`);
};

/** A file that is longer than this is no plan and no list, and its digest another one. */
const LONGEST = MAX_REVIEW_BYTES;

/** @returns undefined for what is not there or cannot be made out. */
export const keptLook = async (session: Session, planFile: string, runtime: Runtime): Promise<Look | undefined> => {
  const read = await readText(pathOf(session, planFile, runtime), LONGEST, runtime.files);
  if (read.type !== "text") return undefined;
  try {
    const parsed = lookSchema.safeParse(JSON.parse(read.text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/** Never rejects: where it cannot be kept, the next look is a whole one. */
export const keepLook = async (session: Session, planFile: string, look: Look | undefined, runtime: Runtime): Promise<void> => {
  const path = pathOf(session, planFile, runtime);
  try {
    if (look !== undefined) {
      await runtime.files.makeFolder(session.state.folder);
      await runtime.files.write(path, `${JSON.stringify(look)}\n`);
    } else if ((await runtime.files.size(path)) !== undefined) await runtime.files.remove(path);
  } catch {
    // A folder that is full or read-only stops a run where it begins its journal.
  }
};

export const journalsOf = async ({ state }: Session, runtime: Runtime): Promise<string> =>
  journalsDigest((await filesIn(runtime, state.folder)).filter((name) => name.endsWith(SUFFIX) && RUN_ID.test(name.slice(0, -SUFFIX.length))));

const digestsNow = (look: Look, { files }: Runtime): Promise<readonly FileDigest[]> =>
  Promise.all(look.files.map(async ({ path }) => fileDigest(path, await readText(path, LONGEST, files))));

/** `because`: why the look has to be a whole one, for which `lists` are read already; undefined: nothing is due, and nothing that decides has changed. */
export type ShortLook = { readonly because: string | undefined; readonly lists?: Partial<Resources> };

const listed = async <K extends Kind>({ gateway }: Session, kind: K): Promise<Partial<Resources>> => ({ [kind]: await gateway.list(kind) });

export const lookShortly = async (session: Session, look: Look | undefined, runtime: Runtime): Promise<ShortLook> => {
  const now = {
    version: VERSION,
    at: session.tenant.clock.now(),
    tenant: session.tenant.tenantId,
    files: look === undefined ? [] : await digestsNow(look, runtime),
    journals: await journalsOf(session, runtime),
  };
  const because = whyWhole(look, now);
  if (because !== undefined || look === undefined) return { because };
  const read = await Promise.all(look.lists.map(({ kind }) => listed(session, kind)));
  let lists: Partial<Resources> = {};
  for (const each of read) lists = { ...lists, ...each };
  const moved = look.lists.filter(({ kind, digest }) => {
    const list = lists[kind];
    return list?.type !== "present" || listDigest(list.value) !== digest;
  });
  if (moved.length === 0) return { because: undefined };
  return { because: `another ${moved.map(({ kind }) => kind).join(", ")} is there than at the last whole look`, lists };
};
