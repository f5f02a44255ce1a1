/** What belongs to an account and is missing after it came back. */

import { describe, expect, test } from "vitest";
import type { AccountLinks } from "../../../src/core/accounts/facts.ts";
import { isNothing, type LinksHeld, type LinksMissing, linksMissing } from "../../../src/core/accounts/links.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const [ACCOUNT, GROUP, OTHER, SKU, SECOND, PLAN, MORE, HEAD, DEPUTY] = [id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8), id(9)];

const NOTHING: LinksMissing = { groups: [], licences: [], manager: undefined };
const want: AccountLinks = { id: ACCOUNT, groups: [GROUP, OTHER], licences: [{ sku: SKU, off: [PLAN, MORE] }], manager: HEAD };
const whole: LinksHeld = { groups: [OTHER, GROUP], licences: [{ sku: SKU, off: [MORE, PLAN] }], manager: HEAD };

describe("linksMissing", () => {
  test.each<readonly [string, AccountLinks, LinksHeld, LinksMissing]>([
    ["all is there, in another order", want, whole, NOTHING],
    ["nothing is there", want, NOTHING, { groups: [GROUP, OTHER], licences: want.licences, manager: HEAD }],
    ["one group is missing", want, { ...whole, groups: [OTHER, id(30)] }, { ...NOTHING, groups: [GROUP] }],
    ["nothing was wanted, and something is there", { id: ACCOUNT, groups: [], licences: [] }, whole, NOTHING],
    ["the licence has fewer services off", want, { ...whole, licences: [{ sku: SKU, off: [PLAN] }] }, { ...NOTHING, licences: want.licences }],
    ["the licence has another service off", want, { ...whole, licences: [{ sku: SKU, off: [PLAN, id(31)] }] }, { ...NOTHING, licences: want.licences }],
    ["another licence is there", want, { ...whole, licences: [{ sku: SECOND, off: [PLAN, MORE] }] }, { ...NOTHING, licences: want.licences }],
    ["a further licence is there", want, { ...whole, licences: [...whole.licences, { sku: SECOND, off: [] }] }, NOTHING],
    ["somebody named another manager", want, { ...whole, manager: DEPUTY }, NOTHING],
    ["nobody is named", want, { ...whole, manager: undefined }, { ...NOTHING, manager: HEAD }],
  ])("%s", (_, wanted, have, missing) => {
    expect(linksMissing(wanted, have)).toEqual(missing);
  });
});

test.each<readonly [LinksMissing, boolean]>([
  [NOTHING, true],
  [{ ...NOTHING, groups: [GROUP] }, false],
  [{ ...NOTHING, licences: [{ sku: SKU, off: [] }] }, false],
  [{ ...NOTHING, manager: HEAD }, false],
])("isNothing %#", (missing, is) => {
  expect(isNothing(missing)).toBe(is);
});
