/** An academy trust in 2022: six schools with shared accounts for the head, the office and the finances. */

import type { FillMaker } from "../fill.ts";
import { DAY_MS, type Registered, type Special } from "./account.ts";
import { administrators, centralStaff, emergencyAccounts, guests, oddNames, sharedMailboxes, synchronisationAccount } from "./central.ts";
import { securityGroup } from "./groups.ts";
import type { Site } from "./networks.ts";
import type { Post, School } from "./people.ts";
import { countryLocation, foreignPolicy } from "./policies.ts";
import { daysBefore, fillOf } from "./school-fill.ts";

const TRUST = "trust.example";
const INITIAL = "trust.onmicrosoft.example";
const STARTS_AT = Date.UTC(2022, 1, 7, 8);

const NAMES = ["harbour", "meadow", "quarry", "riverside", "summit", "woodlands"];

const schools: readonly School[] = NAMES.map((name, place) => ({
  place,
  name,
  title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)} Academy`,
  domain: `${name}.${TRUST}`,
  spelledDomain: `${name}.${TRUST}`,
  staff: 96 + ((place * 5) % 9),
  pupils: 20 + place,
  synced: name === "quarry" ? true : null,
}));

const site = (city: string, start: string, v6: string): Site => {
  const last = start.lastIndexOf(".");
  const at = (by: number): string => `${start.slice(0, last)}.${Number(start.slice(last + 1)) + by}`;
  return { v4: [at(10), at(11)], v6, city };
};

/** Each goes out with addresses of its own. */
const SITES: Readonly<Record<string, Site>> = {
  harbour: site("Whitby", "192.0.2.0", "2001:db8:10:1"),
  meadow: site("Malton", "192.0.2.64", "2001:db8:10:2"),
  quarry: site("Settle", "192.0.2.128", "2001:db8:20:1"),
  riverside: site("Selby", "198.51.100.0", "2001:db8:20:2"),
  summit: site("Skipton", "198.51.100.128", "2001:db8:30:1"),
  woodlands: site("Thirsk", "203.0.113.0", "2001:db8:30:2"),
};
const OFFICE = site("Thirsk", "203.0.113.100", "2001:db8:30:3");
const sites = new Map([
  [TRUST, OFFICE],
  [INITIAL, OFFICE],
  ...schools.flatMap(({ name, domain }): readonly (readonly [string, Site])[] => {
    const own = SITES[name];
    return own === undefined ? [] : [[domain, own]];
  }),
]);

const APP: readonly Registered[] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];

/** Accounts that several people use: they cannot carry one person's telephone. */
const shared = (local: string, title: string): Post => ({
  local,
  of: (school) => ({
    address: `${local}@${school.domain}`,
    displayName: `${title}, ${school.title}`,
    synced: school.synced,
    licences: ["faculty"],
    department: title,
    employeeType: "Shared",
    activity: school.place % 4,
  }),
});

const posts: readonly Post[] = [shared("headteacher", "Head teacher"), shared("office", "School office"), shared("finance", "Finance")];

const JOBS = [
  ...["IT: Head of IT", "IT: Network manager", "IT: Technician", "IT: Technician", "IT: Technician", "IT: Technician"],
  ...["Apprentices: IT apprentice", "Apprentices: IT apprentice"],
  ...[
    "Executive: Chief executive",
    "Executive: Director of education",
    "Finance: Director",
    "Finance: Assistant",
    "People: Director",
    "People: Adviser",
    "Estates: Manager",
  ],
];
const staff = centralStaff("trust", TRUST, "Academy trust", JOBS);
const staffOf = (department: string): readonly string[] => staff.filter((person) => person.department === department).map((person) => person.address);

const emergency = emergencyAccounts(TRUST);
const admins = administrators(TRUST, ["Carys", "Magnus", "Priya"]);
const sync = synchronisationAccount(INITIAL);

const central: readonly Special[] = [
  ...emergency,
  ...admins,
  sync,
  ...staff,
  ...sharedMailboxes(TRUST, { admissions: "Admissions", vacancies: "Vacancies", "room-board": "Board room", "room-training": "Training room" }),
  ...guests(INITIAL, ["headteacher@partner.example", "auditor@audit.example", "trustee@home.example", "trainer@courses.example", "supply@agency.example"]),
  ...oddNames("summit.trust.example", "Summit Academy", STARTS_AT),
  { address: `svc-print@${TRUST}`, displayName: "Print service", mail: null, activity: 0 },
  { address: "headteacher.assistant@meadow.trust.example", displayName: "Assistant to the head teacher", licences: ["faculty"], activity: 1, registered: APP },
  ...[1, 2, 3, 4, 5, 6, 7].map(
    (place): Special => ({
      address: `cover-${place}@${TRUST}`,
      displayName: `Cover teacher ${place}`,
      licences: place < 5 ? ["faculty"] : [],
      enabled: place !== 7,
      activity: place < 4 ? "never" : 80 + place,
      ...(place === 2 ? { hired: STARTS_AT + 14 * DAY_MS } : {}),
    }),
  ),
];

export const trust: FillMaker = {
  about: "an academy trust of six schools in February 2022, 800 accounts, conditional access licensed",
  make: (accounts) =>
    fillOf(
      {
        name: "trust",
        displayName: "Academy trust",
        startsAt: STARTS_AT,
        createdDateTime: "2015-09-01T08:00:00Z",
        domains: [
          { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
          { name: TRUST, isDefault: true, isInitial: false, authenticationType: "Managed" },
          ...schools.map((school) => ({ name: school.domain, isDefault: false, isInitial: false, authenticationType: "Managed" }) as const),
        ],
        layout: { central, schools, posts, oldDomain: () => undefined },
        head: "headteacher",
        signIns: {
          siteOf: (domain) => sites.get(domain),
          // The only documentation addresses that no school of the trust has.
          elsewhere: "192.0.2.192",
          sprayed: 0.05,
          // What set the rollout off: somebody signed in from countries where no staff are, with passwords that were right.
          known: { mayBe: (number) => number % 139 === 17, is: ({ employeeType, company }) => employeeType === "Staff" && company !== "Academy trust" },
        },
        roles: {
          "Global Administrator": [...emergency, ...admins].map((special) => special.address),
          "Helpdesk Administrator": staffOf("IT").slice(2),
          "Conditional Access Administrator": staffOf("IT").slice(0, 1),
          "Directory Synchronization Accounts": [sync.address],
        },
        groups: (ids) => {
          const created = daysBefore(STARTS_AT, 600);
          return [
            securityGroup({
              id: ids.group.idAt(0),
              displayName: "IT Support",
              description: "Everyone who supports the schools' computers",
              members: [...staffOf("IT").map(ids.user), ids.group.idAt(1)],
              owners: [`cover-3@${TRUST}`, ...staffOf("IT").slice(0, 1)].map(ids.user),
              created,
            }),
            securityGroup({
              id: ids.group.idAt(1),
              displayName: "IT Support apprentices",
              description: null,
              members: staffOf("Apprentices").map(ids.user),
              created,
            }),
            securityGroup({
              id: ids.group.idAt(2),
              displayName: "GRP-Quarry",
              description: "Kept on premises",
              members: [ids.user("office@quarry.trust.example")],
              created,
              synced: true,
            }),
          ];
        },
        locations: (ids) => [
          countryLocation({ id: ids.location.idAt(0), displayName: "Great Britain", countries: ["GB"], created: daysBefore(STARTS_AT, 200) }),
        ],
        policies: (ids) => [
          foreignPolicy({
            id: ids.policy.idAt(0),
            displayName: "Trial: MFA for the trust's office",
            state: "disabled",
            created: daysBefore(STARTS_AT, 150),
            users: { includeUsers: staffOf("Executive").map(ids.user) },
            clientAppTypes: ["all"],
            control: "mfa",
          }),
        ],
      },
      accounts,
    ),
};
