/** A county's schools in 2018: forty schools, each with a domain of its own, under one council. */

import type { FillMaker } from "../fill.ts";
import type { Account, Program, Registered, Special } from "./account.ts";
import { administrators, centralStaff, emergencyAccounts, guests, oddNames, sharedMailboxes, synchronisationAccount } from "./central.ts";
import { securityGroup } from "./groups.ts";
import type { Site } from "./networks.ts";
import type { Post, School } from "./people.ts";
import { countryLocation, foreignPolicy, ipLocation } from "./policies.ts";
import { ROLES } from "./roles.ts";
import { daysBefore, fillOf, type Ids } from "./school-fill.ts";

const COUNCIL = "county.example";
const INITIAL = "county.onmicrosoft.example";
const STARTS_AT = Date.UTC(2018, 10, 5, 8);

const TREES = (
  "alder birch cedar elm fir hawthorn hazel holly hornbeam juniper larch laurel lime linden magnolia maple medlar mulberry oak olive " +
  "osier pear pine plane plum poplar quince redwood rowan sallow sequoia spindle spruce sycamore tamarack viburnum walnut whitebeam willow yew"
).split(" ");
const SORTS = ["Primary School", "Primary School", "Academy", "Primary School", "High School"];

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

const schools: readonly School[] = TREES.map((name, place) => ({
  place,
  name,
  title: `${capital(name)} ${SORTS[place % SORTS.length] ?? "School"}`,
  domain: `${name}.${COUNCIL}`,
  spelledDomain: place % 4 === 1 ? `${capital(name)}.${COUNCIL}` : `${name}.${COUNCIL}`,
  staff: 20 + ((place * 7) % 17),
  pupils: 3 + ((place * 3) % 5),
  synced: place % 8 === 3 ? true : place === 6 ? false : null,
}));

/** Schools that changed their domain once; the old one still takes mail. */
const oldDomain = (school: School): string | undefined => (school.place % 5 === 0 || school.name === "birch" ? `old-${school.domain}` : undefined);

const APP: readonly Registered[] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];
const PHONE: readonly Registered[] = ["mobilePhone"];

/** Three heads and nine offices could not meet a demand for MFA when the fill starts. */
const HEADS_NOT_READY: Readonly<Record<string, readonly Registered[]>> = { hazel: ["email"], olive: ["securityQuestion"], viburnum: [] };
const OFFICES_NOT_READY: Readonly<Record<string, readonly Registered[]>> = {
  elm: ["email"],
  hornbeam: [],
  laurel: ["securityQuestion"],
  linden: [],
  osier: ["email"],
  plane: [],
  redwood: ["email", "securityQuestion"],
  spindle: [],
  willow: ["email"],
};

const posts: readonly Post[] = [
  {
    local: "head",
    of: (school) => {
      const old = oldDomain(school);
      return {
        address: `${school.place % 4 !== 1 ? "head" : school.place % 8 === 1 ? "Head" : "HEAD"}@${school.spelledDomain}`,
        displayName: `Head teacher, ${school.title}`,
        aliases: old === undefined ? [] : [`head@${old}`],
        synced: school.synced,
        licences: ["faculty"],
        department: "Leadership",
        jobTitle: "Head teacher",
        employeeType: "Staff",
        activity: school.place % 5,
        registered: HEADS_NOT_READY[school.name] ?? (school.place % 3 === 0 ? [...PHONE, ...APP] : APP),
      };
    },
  },
  {
    local: "office",
    of: (school) => ({
      address: `${school.place % 8 === 5 ? "Office" : "office"}@${school.place % 8 === 1 ? school.spelledDomain : school.domain}`,
      displayName: `School office, ${school.title}`,
      synced: school.synced,
      licences: ["faculty"],
      department: "Office",
      jobTitle: "Administrator",
      employeeType: "Staff",
      activity: school.place % 3,
      registered: OFFICES_NOT_READY[school.name] ?? (school.place % 2 === 0 ? PHONE : APP),
    }),
  },
  {
    local: "finance",
    of: (school) => ({
      address: `finance@${school.domain}`,
      displayName: `Finance, ${school.title} (shared by three)`,
      synced: school.synced,
      licences: school.place % 6 === 0 ? [] : ["basic"],
      department: "Finance",
      employeeType: "Shared",
      activity: school.place % 11,
    }),
  },
];

const JOBS = [
  ...["IT: Service manager", "IT: Network engineer", "IT: Technician", "IT: Technician", "IT: Technician", "IT: Apprentice"],
  ...["Service desk: Analyst", "Service desk: Analyst", "Service desk: Analyst", "Service desk: Analyst"],
  ...["Finance: Bursar", "Finance: Accountant", "Finance: Accountant", "Education: Director", "Education: Adviser", "Education: Adviser", "Education: Adviser"],
  ...["Admissions: Officer", "Admissions: Officer", "People: Adviser", "People: Adviser", "Safeguarding: Officer", "Property: Surveyor", "Governors: Clerk"],
];
const staff = centralStaff("county", COUNCIL, "County council", JOBS);
const staffOf = (department: string): readonly string[] => staff.filter((person) => person.department === department).map((person) => person.address);

const emergency = emergencyAccounts(COUNCIL);
const admins = administrators(COUNCIL, ["Orla", "Tobias", "Ngozi"]);
const sync = synchronisationAccount(INITIAL);
const addressesOf = (specials: readonly Special[]): readonly string[] => specials.map((special) => special.address);

const ROOMS = { "room-1": "Meeting room 1", "room-2": "Meeting room 2", "room-3": "Council chamber", "van-1": "Minibus" };
const SHARED = { admissions: "School admissions", vacancies: "Vacancies", payroll: "Payroll queries", "school-meals": "School meals" };

const central: readonly Special[] = [
  ...emergency,
  ...admins,
  sync,
  ...staff,
  ...sharedMailboxes(COUNCIL, { ...SHARED, ...ROOMS }),
  ...guests(INITIAL, [
    "head@partner.example",
    "office@partner.example",
    "auditor@audit.example",
    "supply.teacher@agency.example",
    "nurse@health.example",
    "photographer@studio.example",
    "trainer@courses.example",
    "inspector@inspection.example",
  ]),
  ...oddNames("yew.county.example", "Yew High School", STARTS_AT),
  // Programs that send mail or copy files, with nobody to answer a prompt.
  { address: `scanner@${COUNCIL}`, displayName: "Scanners (mail only)", licences: ["basic"], activity: 1, program: "smtp" },
  { address: `svc-backup@${COUNCIL}`, displayName: "Backup service", mail: null, activity: 0, program: "script" },
  { address: `svc-timetable@${COUNCIL}`, displayName: "Timetable import", mail: null, activity: 3, program: "script" },
  // Near misses of the patterns that the rollout goes by.
  { address: "deputyhead@alder.county.example", displayName: "Deputy head, Alder Primary School", licences: ["faculty"], activity: 2, registered: APP },
  { address: "head.of.year@elm.county.example", displayName: "Head of year 9", licences: ["faculty"], activity: 1, registered: PHONE },
  { address: "office-manager@cedar.county.example", displayName: "Office manager, Cedar Academy", licences: ["faculty"], activity: 1, registered: APP },
  {
    address: "former.head@birch.county.example",
    displayName: "Former head, Birch",
    aliases: ["head@old-birch.county.example"],
    licences: ["faculty"],
    activity: 4,
    registered: APP,
  },
  {
    address: "assistant@county.example",
    displayName: "Service desk assistant",
    mail: null,
    agentOf: "6c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11",
    activity: "never",
  },
  // Asked for in the summer and never used.
  ...[
    "music.hub",
    "swimming",
    "forest.school",
    "breakfast.club",
    "parent.council",
    "science.fair",
    "school.council",
    "chess.club",
    "eco.club",
    "choir",
    "drama",
    "allotment",
  ].map(
    (local): Special => ({
      address: `${local}@oak.county.example`,
      displayName: `Oak: ${local.replace(".", " ")}`,
      licences: ["faculty"],
      created: Date.UTC(2018, 6, 9, 10),
      activity: "never",
    }),
  ),
  ...[1, 2, 3, 4, 5, 6].map(
    (place): Special => ({
      address: `supply-${place}@county.example`,
      displayName: `Supply teacher ${place}`,
      licences: place < 4 ? ["faculty"] : [],
      enabled: place % 2 === 1,
      synced: place === 6 ? true : null,
      activity: 100 + place * 20,
    }),
  ),
];

const OFFICES: Site = { v4: ["198.51.100.10", "198.51.100.11"], v6: "2001:db8:ffff:1", city: "Northallerton" };

/** Every school goes out with one address, and one range of IPv6. */
const sites: ReadonlyMap<string, Site> = new Map([
  [COUNCIL, OFFICES],
  [INITIAL, OFFICES],
  ...schools.map((school): readonly [string, Site] => [
    school.domain,
    { v4: [`192.0.2.${10 + school.place * 6}`], v6: `2001:db8:10:${(school.place + 1).toString(16)}`, city: "Northallerton" },
  ]),
]);

const OLD_PROGRAMS: readonly Program[] = ["imap", "pop", "activesync", "smtp", "other"];

/** A dozen of the staff fetch their mail as they did ten years ago; nobody at the school that volunteered. */
const oldProgramOf = (account: Account, number: number): Program | undefined => {
  const { address, employeeType, activity } = account;
  const isOne = employeeType === "Staff" && address.endsWith(`.${COUNCIL}`) && typeof activity === "number" && activity < 12 && number % 71 === 11;
  return isOne && !/^(?:head|office)@|@birch\./iu.test(address) ? OLD_PROGRAMS[Math.floor(number / 71) % OLD_PROGRAMS.length] : undefined;
};

const groups = (ids: Ids) => {
  const created = daysBefore(STARTS_AT, 700);
  const membersOf = (addresses: readonly string[]): readonly string[] => addresses.map(ids.user);
  return [
    securityGroup({
      id: ids.group.idAt(0),
      displayName: "IT Support",
      description: "Technicians of the council",
      members: membersOf(staffOf("IT")),
      owners: membersOf(staffOf("IT").slice(0, 1)),
      created,
    }),
    securityGroup({
      id: ids.group.idAt(1),
      displayName: "Council finance",
      description: null,
      members: membersOf(staffOf("Finance")),
      // Somebody took the pupils' council of a school for the county's.
      owners: membersOf(["school.council@oak.county.example", ...staffOf("Finance").slice(0, 1)]),
      created,
    }),
    securityGroup({
      id: ids.group.idAt(2),
      displayName: "Everyone in IT",
      description: "IT Support and the service desk",
      members: [ids.group.idAt(0), ...membersOf(staffOf("Service desk"))],
      created,
    }),
    securityGroup({
      id: ids.group.idAt(3),
      displayName: "GRP-Education",
      description: "Kept on premises",
      members: membersOf(["head@larch.county.example", "head@elm.county.example", ...staffOf("Education")]),
      created,
      synced: true,
    }),
  ];
};

export const county: FillMaker = {
  about: "a county's forty schools in November 2018, 1,512 accounts, conditional access licensed",
  make: (accounts) =>
    fillOf(
      {
        name: "county",
        displayName: "County schools",
        startsAt: STARTS_AT,
        createdDateTime: "2012-03-01T09:30:00Z",
        domains: [
          { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
          { name: COUNCIL, isDefault: true, isInitial: false, authenticationType: "Managed" },
          ...schools
            .flatMap((school) => [school.domain, ...[oldDomain(school)].filter((name) => name !== undefined)])
            .map((name) => ({ name, isDefault: false, isInitial: false, authenticationType: "Managed" }) as const),
        ],
        layout: { central, schools, posts, oldDomain },
        head: "head",
        signIns: { siteOf: (domain) => sites.get(domain), elsewhere: "203.0.113.192", sprayed: 0.01, oldProgramOf },
        roles: {
          "Global Administrator": addressesOf([...emergency, ...admins]),
          "Helpdesk Administrator": staffOf("Service desk"),
          "Exchange Administrator": staffOf("IT").slice(0, 1),
          "User Administrator": staffOf("IT").slice(1, 3),
          "Directory Synchronization Accounts": [sync.address],
        },
        groups,
        // Never signed in to, and yet somebody's.
        mailboxes: (ids) => ({
          "parent.council@oak.county.example": {
            MailboxPermission: [{ User: ids.user("head@oak.county.example"), AccessRights: ["FullAccess"] }],
          },
          "science.fair@oak.county.example": { ForwardingSmtpAddress: "smtp:science.fair@partner.example", DeliverToMailboxAndForward: true },
          "eco.club@oak.county.example": { LitigationHoldEnabled: true, LitigationHoldDate: "2018-09-17T09:00:00Z" },
        }),
        locations: (ids) => [
          ipLocation({
            id: ids.location.idAt(0),
            displayName: "Council offices",
            isTrusted: true,
            ranges: ["198.51.100.0/25", "2001:db8:ffff::/48"],
            created: daysBefore(STARTS_AT, 500),
          }),
          countryLocation({ id: ids.location.idAt(1), displayName: "Great Britain and Ireland", countries: ["GB", "IE"], created: daysBefore(STARTS_AT, 400) }),
        ],
        policies: (ids) => [
          foreignPolicy({
            id: ids.policy.idAt(0),
            displayName: "Council finance: no old mail programs",
            state: "enabled",
            created: daysBefore(STARTS_AT, 300),
            users: { includeGroups: [ids.group.idAt(1)], excludeUsers: addressesOf(emergency).map(ids.user) },
            clientAppTypes: ["exchangeActiveSync", "other"],
            control: "block",
          }),
          foreignPolicy({
            id: ids.policy.idAt(1),
            displayName: "Administrators: MFA outside the council (trial)",
            state: "enabledForReportingButNotEnforced",
            created: daysBefore(STARTS_AT, 40),
            users: { includeRoles: [ROLES["Global Administrator"], ROLES["Helpdesk Administrator"]], excludeUsers: addressesOf(emergency).map(ids.user) },
            clientAppTypes: ["all"],
            locations: { include: ["All"], exclude: ["AllTrusted"] },
            control: "mfa",
          }),
          foreignPolicy({
            id: ids.policy.idAt(2),
            displayName: "Block sign-ins from abroad (old, do not use)",
            state: "disabled",
            created: daysBefore(STARTS_AT, 390),
            users: { includeUsers: ["All"] },
            clientAppTypes: ["all"],
            locations: { include: ["All"], exclude: [ids.location.idAt(1)] },
            control: "block",
          }),
        ],
      },
      accounts,
    ),
};
