/** Names of files for the parts of a report, by domain: sound on every system, and the same in every run. */

import { shortDigest } from "../hash.ts";

/** Devices of Windows, which it finds behind any ending, and the names that the split itself needs. */
const RESERVED = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com\d|lpt\d|index|about|no-domain)$/;
/** As a name looks to which a digest was added. */
const WITH_DIGEST = /-[0-9a-f]{8}$/;
/** With ending and digest far below the 255 bytes of most file systems, and short enough for a deep folder on Windows. */
const LONGEST = 100;

const NO_DOMAIN = "no-domain";

/** Domains that differ only in case, or in spaces around them, are one. */
export const domainKey = (domain: string): string => domain.trim().toLowerCase();

/** Without the ending. A domain that can bear its own name does; any other gets a digest of itself, so that no two become one. */
const stemOf = (key: string): string => {
  if (key === "") return NO_DOMAIN;
  const sound = key
    .replaceAll(/[^a-z0-9._-]/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, LONGEST)
    .replace(/[.]+$/, "");
  const isReserved = RESERVED.test(sound.split(".", 1)[0] ?? "") || sound === "";
  if (sound === key && !isReserved && !WITH_DIGEST.test(sound)) return sound;
  return `${isReserved ? "domain-" : ""}${sound}-${shortDigest(key)}`;
};

/** @returns for each domain, as `domainKey` gives it, the name of its file; asked again for the same one, the same. */
export const fileNamer = (): ((key: string) => string) => {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  return (key) => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const stem = stemOf(key);
    let name = `${stem}.csv`;
    for (let number = 2; taken.has(name); number += 1) name = `${stem}-${number}.csv`;
    names.set(key, name);
    taken.add(name);
    return name;
  };
};
