/** A dry run made by hand, with everything that a text must be able to show. */

import type { ChangeLine, DiffDocument, PhaseLine } from "../../src/core/document.ts";
import { PLAIN } from "../../src/render/style.ts";
import type { View } from "../../src/render/view.ts";

const GROUP = "11111111-1111-4111-8111-111111111111";
const POLICY = "22222222-2222-4222-8222-222222222222";
const EMERGENCY = ["33333333-3333-4333-8333-333333333331", "33333333-3333-4333-8333-333333333332"] as const;

const heads = {
  count: 40,
  notReady: 9,
  sample: ["head@alder.county.example", "head@birch.county.example", "head@cedar.county.example", "head@dogwood.county.example", "head@elm.county.example"],
};
const offices = { count: 41, notReady: 0, sample: ["office@alder.county.example"] };

const phases: readonly PhaseLine[] = [
  { id: "early", title: "Early adopters", starts: "2018-11-12T00:00:00+00:00", state: "done", accounts: { count: 45, notReady: null, sample: [] } },
  { id: "heads-web", title: "Head teachers, on the web", starts: "2018-11-19T00:00:00+00:00", state: "live", accounts: heads },
  { id: "heads-clients", title: "Head teachers, in Outlook", starts: "2018-11-26T00:00:00+00:00", state: "due", accounts: heads },
  { id: "offices-web", title: "Offices, on the web", starts: "2018-12-03T00:00:00+00:00", state: "staged", accounts: offices },
  { id: "everyone", title: "Everybody else", starts: "2018-12-13T06:30:00+00:00", state: "later", accounts: { count: 1120, notReady: 220, sample: [] } },
  { id: "summer", title: "The summer school", starts: "2019-06-01T00:00:00+01:00", state: "held", accounts: { count: 0, notReady: 0, sample: [] } },
];

const changes: readonly ChangeLine[] = [
  {
    phases: ["offices-web"],
    kind: "cohort-group",
    action: "create",
    key: "offices",
    name: "MFA rollout: offices",
    fields: [
      { path: "description", before: undefined, after: "entra-rollout:county-2018/offices. Made and kept by entra-rollout" },
      { path: "name", before: undefined, after: "MFA rollout: offices" },
    ],
    members: { added: Array.from({ length: 41 }, (_, at) => `44444444-4444-4444-8444-4444444444${String(at).padStart(2, "0")}`), removed: [] },
    accounts: offices,
  },
  {
    phases: ["heads-web", "heads-clients"],
    kind: "cohort-group",
    action: "update",
    key: "heads",
    name: "MFA rollout: heads",
    id: GROUP,
    fields: [],
    members: { added: [POLICY], removed: [GROUP, POLICY] },
    accounts: heads,
  },
  {
    phases: ["heads-web", "heads-clients"],
    kind: "conditional-access",
    action: "update",
    key: "mfa-heads",
    name: "MFA: heads [county-2018/mfa-heads]",
    id: POLICY,
    fields: [
      { path: "clients", before: ["browser"], after: ["browser", "mobile-and-desktop"] },
      { path: "state", before: "report-only", after: "on" },
    ],
    accounts: heads,
  },
  {
    phases: ["offices-web"],
    kind: "conditional-access",
    action: "create",
    key: "mfa-offices",
    name: "MFA: offices [county-2018/mfa-offices]",
    fields: [
      { path: "apps.include", before: undefined, after: ["all"] },
      { path: "clients", before: undefined, after: ["browser"] },
      { path: "exclude.users", before: undefined, after: [...EMERGENCY] },
      { path: "grant", before: undefined, after: { operator: "or", controls: ["mfa"], strength: null } },
      { path: "include.groups", before: undefined, after: ["@cohort-group/offices"] },
      { path: "signInFrequency", before: undefined, after: { every: 90, unit: "days" } },
      { path: "state", before: undefined, after: "report-only" },
    ],
    accounts: offices,
  },
];

export const document: DiffDocument = {
  schemaVersion: 1,
  plan: { id: "county-2018", name: "County schools 2018", file: "rollout-plans/county-schools-2018.yaml" },
  tenant: { id: "55555555-5555-4555-8555-555555555555", name: "County schools", practice: true },
  asOf: "2018-11-26T00:00:00+00:00",
  hash: "3f9c21abd5e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081920",
  phases,
  changes,
  leftOver: [{ phases: [], kind: "named-location", action: "delete", key: "library", name: "Library [county-2018/library]", id: GROUP, fields: [] }],
  findings: [
    { guard: "emergency-accounts", verdict: "go", detail: "emergency-1@county.example and emergency-2@county.example can sign in afterwards" },
    {
      guard: "size",
      verdict: "stop",
      detail: "41 accounts would be asked for the first time, more than the 30 that were asked so far",
      hint: 'look at the list, then --allow size=41 --reason "..."',
      count: 41,
      accounts: ["office@alder.county.example", "office@birch.county.example"],
    },
    { guard: "all-trusted", verdict: "unclear", detail: "the named locations could not be read", hint: "run the same command again" },
    { guard: "loosened", verdict: "stop", detail: "somebody put the policy into report-only", allowed: true },
  ],
  summary: { create: 2, update: 2, delete: 0, unchanged: 3 },
};

const names = new Map<string, string>([
  [EMERGENCY[0], "emergency-1@county.example"],
  [EMERGENCY[1], "emergency-2@county.example"],
  ["@cohort-group/offices", "MFA rollout: offices"],
]);

export const view: View = { columns: 100, style: PLAIN, zone: "Europe/London", nameOf: (id) => names.get(id) };
