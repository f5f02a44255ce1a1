/**
 * Files as a Windows machine keeps them, in memory, with its rules for names (learn.microsoft.com/windows/win32/fileio/naming-a-file): no distinction of case, both slashes,
 * no `< > : " | ? *` and no control characters, no name of a device, none that ends with a dot or a space. What breaks them is refused, and remembered.
 */

import { win32 } from "node:path";
import type { Files } from "../../src/runtime.ts";

const RESERVED = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\..*)?$/i;
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/;
/** Without the prefix that nobody asks for here. */
const MAX_PATH = 260;

const refusal = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });

export type WindowsMachine = {
  readonly files: Files;
  /** Every path under which something was made or to which something was renamed, as it was given. */
  readonly made: readonly string[];
  /** Names that Windows would not take. */
  readonly unfit: readonly string[];
  readonly put: (path: string, content: string | Uint8Array) => void;
  /** What stands there, as text. */
  readonly text: (path: string) => string | undefined;
  readonly names: () => readonly string[];
};

const bytesOf = (content: string | Uint8Array): Uint8Array => (typeof content === "string" ? new TextEncoder().encode(content) : content);

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

type Kept = { readonly name: string; bytes: Uint8Array };

/** @param outside what lies outside of its drives: the package, which is on the machine that runs the tests */
export const windowsMachine = (outside: Files): WindowsMachine => {
  const kept = new Map<string, Kept>();
  const folders = new Set<string>(["c:\\"]);
  const made: string[] = [];
  const unfit: string[] = [];
  const isOurs = (path: string): boolean => /^[a-z]:/i.test(path);
  /** Its paths come with the slashes of Windows. */
  const here = (path: string): string => path.replaceAll("\\", "/");
  const keyOf = (path: string): string => win32.normalize(path).toLowerCase();
  const parentOf = (key: string): string => win32.dirname(key);

  const makeFolders = (path: string): void => {
    for (let key = keyOf(path); !folders.has(key); key = parentOf(key)) folders.add(key);
  };

  /** For what is to be made. */
  const target = (path: string): string => {
    made.push(path);
    const whole = win32.normalize(path);
    if (!win32.isAbsolute(whole) || !isOurs(whole)) throw refusal("EINVAL", path);
    const wrong = whole
      .slice(3)
      .split("\\")
      .filter((name) => name !== "" && (RESERVED.test(name) || FORBIDDEN.test(name) || /[. ]$/.test(name)));
    if (wrong.length > 0 || whole.length >= MAX_PATH) {
      unfit.push(path);
      throw refusal(whole.length >= MAX_PATH ? "ENAMETOOLONG" : "EINVAL", path);
    }
    if (!folders.has(parentOf(keyOf(path)))) throw refusal("ENOENT", path);
    if (folders.has(keyOf(path))) throw refusal("EISDIR", path);
    return keyOf(path);
  };
  const set = (path: string, bytes: Uint8Array): void => {
    kept.set(target(path), { name: win32.normalize(path), bytes });
  };
  const add = (path: string, content: string | Uint8Array): void => {
    const old = kept.get(keyOf(path));
    if (old === undefined) set(path, bytesOf(content));
    else old.bytes = joined([old.bytes, bytesOf(content)]);
  };
  const fresh = (path: string): void => {
    if (kept.has(keyOf(path))) throw refusal("EEXIST", path);
  };
  const found = (path: string): Kept => {
    const file = kept.get(keyOf(path));
    if (file === undefined) throw refusal(folders.has(keyOf(path)) ? "EISDIR" : "ENOENT", path);
    return file;
  };

  const files: Files = {
    read: async (path, atMostBytes) => {
      if (!isOurs(path)) return await outside.read(here(path), atMostBytes);
      return found(path).bytes.slice(0, atMostBytes === undefined ? undefined : atMostBytes + 1);
    },
    async *chunks(path) {
      if (isOurs(path)) yield found(path).bytes;
      else yield* outside.chunks(here(path));
    },
    size: async (path) => {
      if (!isOurs(path)) return await outside.size(here(path));
      return folders.has(keyOf(path)) ? 0 : kept.get(keyOf(path))?.bytes.length;
    },
    list: async (folder) => {
      if (!isOurs(folder)) return await outside.list(here(folder));
      const key = keyOf(folder).replace(/\\$/, "");
      if (!folders.has(key) && !folders.has(`${key}\\`)) throw refusal("ENOENT", folder);
      const within = [...[...kept.values()].map(({ name }) => name), ...folders].filter((name) => parentOf(keyOf(name)).replace(/\\$/, "") === key);
      return [...new Set(within.filter((name) => keyOf(name) !== keyOf(folder)).map((name) => win32.basename(name)))].sort();
    },
    write: async (path, content) => set(path, bytesOf(content)),
    append: async (path, content) => add(path, content),
    extend: async (path, content) => add(path, content),
    flush: async (path) => {
      found(path);
    },
    create: async (path, content) => {
      fresh(path);
      set(path, bytesOf(content));
    },
    begin: async (path) => {
      fresh(path);
      set(path, new Uint8Array());
      return { write: async (content) => add(path, content), end: async () => {}, leave: async () => {} };
    },
    rename: async (from, to) => {
      const { bytes } = found(from);
      set(to, bytes);
      kept.delete(keyOf(from));
    },
    look: async (path) => {
      if (!isOurs(path)) return await outside.look(here(path));
      if (folders.has(keyOf(path))) return { sort: "folder", path };
      return kept.has(keyOf(path)) ? { sort: "file", path } : undefined;
    },
    makeFolder: async (path) => {
      const wrong = win32
        .normalize(path)
        .slice(3)
        .split("\\")
        .some((name) => RESERVED.test(name) || FORBIDDEN.test(name) || /[. ]$/.test(name));
      made.push(path);
      if (wrong) {
        unfit.push(path);
        throw refusal("EINVAL", path);
      }
      makeFolders(path);
    },
    remove: async (path) => {
      const key = keyOf(path);
      for (const each of [...kept.keys()]) if (each === key || each.startsWith(`${key}\\`)) kept.delete(each);
      for (const each of [...folders]) if (each === key || each.startsWith(`${key}\\`)) folders.delete(each);
    },
  };
  return {
    files,
    made,
    unfit,
    put: (path, content) => {
      makeFolders(win32.dirname(path));
      kept.set(keyOf(path), { name: path, bytes: bytesOf(content) });
    },
    text: (path) => {
      const file = kept.get(keyOf(path));
      return file === undefined ? undefined : new TextDecoder().decode(file.bytes);
    },
    names: () => [...kept.values()].map(({ name }) => name).sort(),
  };
};
