/** The log of what was done in the directory (directoryAudit): what the fill computes and what tests put there, newest first. */

import type { Row } from "../collection.ts";
import type { Json, WireObject } from "../fill.ts";
import type { FilterNode } from "../odata.ts";
import type { Store } from "../store.ts";
import { hasP1 } from "./licence.ts";

/** Days that are kept without and with a premium licence (reference-reports-data-retention). */
const KEPT = { free: 7, p1: 30 } as const;
const DAY_S = 86_400;

/** Rows of one second stand in an order of their own; those that tests put come behind those that were computed. */
const IN_A_SECOND = 2 ** 20;
const PUT_FROM = 2 ** 19;
/** Later than any clock here goes, so that newer rows have smaller places. */
const LAST_SECOND = 2 ** 32;

const placeOf = (second: number, ordinal: number): number => (LAST_SECOND - second) * IN_A_SECOND + ordinal;
const secondOf = (value: Json | undefined): number => Math.floor(Date.parse(String(value)) / 1000);

type Bounds = { readonly from: number; readonly to: number };

/** What a filter says for certain of the moment of every row that it lets through. */
const narrowed = (bounds: Bounds, node: FilterNode): Bounds => {
  if (node.type === "and") return narrowed(narrowed(bounds, node.left), node.right);
  const second = node.type === "compare" && node.path === "activitydatetime" ? secondOf(node.values[0]) : Number.NaN;
  if (node.type !== "compare" || Number.isNaN(second)) return bounds;
  const after = node.operator === "ge" || node.operator === "eq";
  const before = node.operator === "le" || node.operator === "eq";
  return { from: after ? Math.max(bounds.from, second) : bounds.from, to: before ? Math.min(bounds.to, second) : bounds.to };
};

export const auditBounds = (store: Store, filter: FilterNode | undefined): Bounds => {
  const now = Math.floor(store.now / 1000);
  const kept = { from: now - (hasP1(store) ? KEPT.p1 : KEPT.free) * DAY_S, to: now };
  return filter === undefined ? kept : narrowed(kept, filter);
};

/** What a test leaves out is as it is for most. */
const putRow = (object: WireObject): WireObject => ({
  activityDisplayName: "",
  additionalDetails: [],
  category: "UserManagement",
  correlationId: object["id"] ?? null,
  initiatedBy: { app: null, user: null },
  loggedByService: "Core Directory",
  operationType: "Update",
  result: "success",
  resultReason: "",
  targetResources: [],
  ...object,
});

/** Rows behind a place. */
export function* auditRows(store: Store, bounds: Bounds, after: number): Generator<Row> {
  const put = [...store.of("directoryAudits").rows(store.now)]
    .map(({ place, object }) => ({ second: secondOf(object["activityDateTime"]), place, object }))
    .filter(({ second }) => second >= bounds.from && second <= bounds.to)
    .map(({ second, place, object }) => ({ place: placeOf(second, PUT_FROM + place), object: putRow(object) }))
    .filter(({ place }) => place > after)
    .sort((left, right) => left.place - right.place);
  let next = 0;
  const rowsUpTo = function* (end: number): Generator<Row> {
    for (let row = put[next]; row !== undefined && row.place < end; row = put[next]) {
      next += 1;
      yield row;
    }
  };
  const span = { ...bounds, ...(after >= 0 && { after: { second: LAST_SECOND - Math.floor(after / IN_A_SECOND), ordinal: after % IN_A_SECOND } }) };
  for (const event of store.fill.audits?.events(span) ?? []) {
    const place = placeOf(event.second, event.ordinal);
    yield* rowsUpTo(place);
    yield { place, object: event.row() };
  }
  yield* rowsUpTo(Number.POSITIVE_INFINITY);
}
