/** The list that is sent out for review: which accounts stand on it, and what people fill in. */

import type { Cell, Row, Shape } from "../reports/shape.ts";
import { stale } from "../reports/stale.ts";
import { checkOf, type ListMark, markText } from "./frozen.ts";
import { HEADINGS } from "./read.ts";

export const staleReview: Shape = {
  name: stale.name,
  about: "accounts that never signed in and that nothing speaks for: a list on which people write what is to become of each",
  columns: [
    { name: "account", heading: HEADINGS.account, sort: "text", about: "the user principal name; leave it as it is", shown: "wide" },
    { name: "domain", heading: "Domain", sort: "text", about: "the domain of the account, lower case" },
    { name: "name", heading: HEADINGS.name, sort: "text", about: "the display name; leave it as it is" },
    { name: "why", heading: HEADINGS.why, sort: "text", about: "why it is on the list; leave it as it is" },
    { name: "created", heading: HEADINGS.created, sort: "moment", about: "the day on which it was made; leave it as it is" },
    { name: "decision", heading: HEADINGS.decision, sort: "word", about: "`delete` or `keep`; empty: nothing is done" },
    { name: "reason", heading: HEADINGS.reason, sort: "word", about: "why, in a few words" },
    { name: "decidedBy", heading: HEADINGS.decidedBy, sort: "word", about: "who can be asked about it; without that nothing is deleted" },
    { name: "id", heading: HEADINGS.id, sort: "text", about: "the object id; leave it as it is" },
    { name: "list", heading: HEADINGS.list, sort: "word", about: "of which plan and tenant the list is, and of when; leave it as it is" },
    { name: "check", heading: HEADINGS.check, sort: "word", about: "letters by which it is seen that the others were left as they are" },
  ],
  splitBy: "domain",
};

const COLUMNS: ReadonlyMap<string, number> = new Map(stale.columns.map(({ name }, at) => [name, at]));

const cellOf = (row: Row, name: string): Cell => row[COLUMNS.get(name) ?? -1] ?? null;
const textOf = (cell: Cell): string => (cell === null ? "" : typeof cell === "object" ? cell.join("; ") : String(cell));

/** @param row of `report stale` @returns nothing for an account that is not to be deleted, or of which something would have to be known first */
export const reviewRow = (row: Row, mark: ListMark): Row | undefined => {
  if (cellOf(row, "deletable") !== "yes") return undefined;
  const frozen = {
    account: textOf(cellOf(row, "account")),
    name: textOf(cellOf(row, "name")),
    why: textOf(cellOf(row, "reasons")),
    created: textOf(cellOf(row, "created")).slice(0, 10),
    id: textOf(cellOf(row, "id")),
  };
  const { account, name, why, created, id } = frozen;
  return [account, cellOf(row, "domain"), name, why, created, "", "", "", id, markText(mark), checkOf(mark, frozen)];
};
