/** Names of one plan against each other: they become keys in the tenant. */

import { slugOf } from "./names.ts";
import { fault, quoted } from "./problems.ts";
import type { Sheet } from "./sheet.ts";
import type { Entry } from "./tree.ts";

/** Two names with one key would be one group or location in the tenant. */
export const checkSlugs = (sheet: Sheet, what: string, entries: readonly (readonly [string, Entry])[]): void => {
  const taken = new Map<string, string>();
  for (const [name, { key }] of entries) {
    const slug = slugOf(name);
    const other = taken.get(slug);
    if (slug !== "" && other !== undefined)
      sheet.problems.add(
        key,
        fault(
          `${quoted(name)} and ${quoted(other)} would be the same ${what} in the tenant: both are ${quoted(slug)} there`,
          "tell them apart by letters or digits",
        ),
      );
    if (other === undefined) taken.set(slug, name);
  }
};
