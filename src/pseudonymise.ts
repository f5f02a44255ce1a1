/** A snapshot under pseudonyms: its key, the plan that goes with it, and the resources as they stream past. */

import { ListUnusable, type MadePlan, type Pseudonyms, pseudonymsBy } from "./core/pseudonyms/pseudonyms.ts";
import type { Resource } from "./core/pseudonyms/resources.ts";
import { Failure, usage } from "./failure.ts";
import { foundPlan } from "./plan-file.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf, readText } from "./text-file.ts";

/** What is written beside `tenant.jsonl.gz` begins with `tenant`. */
export const calledAfter = (path: string, runtime: Pick<Runtime, "platform">): string => {
  const name = pathsOf(runtime).basename(path);
  const bare = name.replace(/(?:\.jsonl?)?(?:\.gz)?$/i, "");
  return bare === "" ? name : bare;
};

const KEY = /^[0-9a-f]{64}$/i;
const LONGEST_KEY_FILE = 1000;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export type Key = { readonly path: string; readonly bytes: Uint8Array; readonly isNew: boolean };

/**
 * The key in a file, or a new one that is put there for its owner alone.
 * @param given as it was typed; undefined: beside the snapshot, where none must be yet
 * @throws Failure (usage)
 */
export const keyIn = async (given: string | undefined, beside: string, runtime: Runtime): Promise<Key> => {
  const path = given === undefined ? beside : pathsOf(runtime).resolve(runtime.cwd, given);
  const named = given === undefined ? path : `--key-file ${given}`;
  if ((await runtime.files.look(path))?.sort === "folder") throw usage(`${named}: it is a folder`);
  const found = await readText(path, LONGEST_KEY_FILE, runtime.files);
  if (found.type === "text") {
    if (given === undefined)
      throw usage(`${path} is there already, and a key is never replaced`, `--key-file ${path} uses it: then names are the same as before`);
    const hex = found.text.trim();
    if (!KEY.test(hex)) throw usage(`${named}: it holds no key`, "a key is 64 hexadecimal digits; leave the file away, and one is made there");
    return { path, bytes: bytesOf(hex), isNew: false };
  }
  if (found.missing !== true) throw usage(`${named}: ${found.because}`);
  // Two random GUIDs: 244 bits of chance.
  const hex = `${runtime.uuid()}${runtime.uuid()}`.replaceAll("-", "");
  try {
    await runtime.files.create(path, `${hex}\n`);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) throw usage(`${path}: there is no such folder`);
    throw error;
  }
  return { path, bytes: bytesOf(hex), isNew: true };
};

/** What comes after the named networks, of which a tenant has at most a few hundred. */
const AFTER_NETWORKS: ReadonlySet<string> = new Set(["/directoryRoles", "/groups", "/users"]);

const rangesIn = (resources: readonly Resource[]): readonly string[] =>
  resources.flatMap(({ value }) => {
    const ranges = value["ipRanges"];
    return Array.isArray(ranges)
      ? ranges.flatMap((range: unknown) => (typeof range === "object" && range !== null && "cidrAddress" in range ? [String(range.cidrAddress)] : []))
      : [];
  });

type Page = readonly Resource[];

/** Holds back what has ranges until all of them were seen: each gets its place among the others. */
async function* renamed(pages: AsyncIterable<Page>, pseudonymsFor: (ranges: readonly string[]) => Pseudonyms): AsyncGenerator<Page> {
  let made: Pseudonyms | undefined;
  const held: Resource[] = [];
  const all = (): Pseudonyms => {
    made ??= pseudonymsFor(rangesIn(held));
    return made;
  };
  for await (const page of pages) {
    if (made === undefined) {
      held.push(...page);
      if (!page.some(({ path }) => AFTER_NETWORKS.has(path))) continue;
      const { resource } = all();
      yield held.splice(0).map(resource);
      continue;
    }
    yield page.map(made.resource);
  }
  const { resource } = all();
  if (held.length > 0) yield held.splice(0).map(resource);
}

export type Wish = {
  readonly key: Uint8Array;
  /** As it was typed. */
  readonly plan: string | undefined;
  readonly called: string;
};

export type Renaming = {
  readonly through: (pages: AsyncIterable<Page>) => AsyncIterable<Page>;
  /** Once everything has passed. */
  readonly plan: () => MadePlan | undefined;
};

/** @throws Failure (bad plan) for a plan that is not sound */
export const renaming = async ({ key, plan: file, called }: Wish, runtime: Runtime): Promise<Renaming> => {
  const plan = file === undefined ? undefined : await foundPlan(file, runtime);
  const outOfStep = (pattern: string): never => {
    throw new Failure("bad-plan", `${file}: the pattern "${pattern}" cannot be kept in step: under pseudonyms it would mean other accounts`, [
      "write it so that * stands for whole words, as in svc-*@*, or leave --plan away: then the snapshot alone is written",
    ]);
  };
  let made: MadePlan | undefined;
  const pseudonymsFor = (ranges: readonly string[]): Pseudonyms => {
    try {
      const all = pseudonymsBy({ key, plan, called, ranges, outOfStep });
      made = all.plan;
      return all;
    } catch (error) {
      if (error instanceof ListUnusable)
        throw new Failure("bad-plan", `${file}: its list ${error.list} cannot be taken along: ${error.message}`, ["mend the list, or take it out of the plan"]);
      if (error instanceof RangeError) throw new Failure("failed", `pseudonyms for the named networks: ${error.message}`);
      throw error;
    }
  };
  return { through: (pages) => renamed(pages, pseudonymsFor), plan: () => made };
};

/** Files beside the snapshot, the plan last: it is there when its lists are. */
export const writeMade = async (folder: string, called: string, { text, files }: MadePlan, runtime: Runtime): Promise<readonly string[]> => {
  const names = [...files.keys(), planName(called)];
  for (const name of names) await runtime.files.create(pathsOf(runtime).join(folder, name), files.get(name) ?? text);
  return names;
};

const planName = (called: string): string => `${called}.plan.yaml`;

/** @throws Failure (usage) where something would be replaced */
export const refuseMade = async (folder: string, called: string, runtime: Pick<Runtime, "files">): Promise<void> => {
  const taken = (await runtime.files.list(folder)).find(
    (name) => name === planName(called) || (name.startsWith(`${called}.`) && /^(?:list|review)-\d+\.csv$/.test(name.slice(called.length + 1))),
  );
  if (taken !== undefined) throw usage(`${taken} is there already, and nothing is replaced`, "name the snapshot otherwise, or remove that file first");
};
