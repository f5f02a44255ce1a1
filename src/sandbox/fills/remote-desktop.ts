/** A trust of four schools in 2021 whose staff work from home through a remote desktop: text messages are of no use to its gateway. */

import type { FillMaker } from "../fill.ts";
import type { Registered, Special } from "./account.ts";
import { administrators, centralStaff, emergencyAccounts, guests, oddNames, sharedMailboxes, synchronisationAccount } from "./central.ts";
import { securityGroup } from "./groups.ts";
import { departmentFor, type Mix, registeredOf } from "./mix.ts";
import type { Site } from "./networks.ts";
import type { Post, School } from "./people.ts";
import { countryLocation, foreignPolicy, ipLocation } from "./policies.ts";
import { daysBefore, fillOf } from "./school-fill.ts";

const TRUST = "desktop.example";
const INITIAL = "desktop.onmicrosoft.example";
/** Monday, 08:00 in London; a week before the first phase. */
const STARTS_AT = Date.UTC(2021, 7, 30, 7);

const NAMES = ["castle", "ferry", "mill", "priory"];

const schools: readonly School[] = NAMES.map((name, place) => ({
  place,
  name,
  title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)} School`,
  domain: `${name}.${TRUST}`,
  spelledDomain: `${name}.${TRUST}`,
  staff: 52 + place * 3,
  pupils: 16 + place,
  synced: name === "mill" ? true : null,
}));

const OFFICE: Site = { v4: ["203.0.113.130", "203.0.113.131"], v6: "2001:db8:50:3", city: "Durham" };

/** Each goes out with addresses of its own. */
const SITES: ReadonlyMap<string, Site> = new Map([
  [TRUST, OFFICE],
  [INITIAL, OFFICE],
  [`castle.${TRUST}`, { v4: ["192.0.2.10", "192.0.2.11"], v6: "2001:db8:40:1", city: "Alnwick" }],
  [`ferry.${TRUST}`, { v4: ["192.0.2.140"], v6: "2001:db8:40:2", city: "Hexham" }],
  [`mill.${TRUST}`, { v4: ["198.51.100.20", "198.51.100.21"], v6: "2001:db8:50:1", city: "Morpeth" }],
  [`priory.${TRUST}`, { v4: ["203.0.113.10"], v6: "2001:db8:50:2", city: "Durham" }],
]);

const APP: readonly Registered[] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];
const PHONE: readonly Registered[] = ["mobilePhone"];

/** A fifth of the staff has a telephone for texts and nothing else: registered, and yet not ready for the gateway. */
const STAFF: Mix = [
  { upTo: 0.34, what: [...PHONE, ...APP] },
  { upTo: 0.5, what: APP },
  { upTo: 0.58, what: PHONE, prefersCall: true },
  { upTo: 0.78, what: PHONE },
  { upTo: 0.82, what: ["softwareOneTimePasscode"] },
  { upTo: 0.86, what: ["email"] },
  { upTo: 0.89, what: ["securityQuestion"] },
];

const shared = (local: string, title: string): Post => ({
  local,
  of: (school) => ({
    address: `${local}@${school.domain}`,
    displayName: `${title}, ${school.title}`,
    synced: school.synced,
    licences: ["faculty"],
    department: title,
    employeeType: "Shared",
    activity: school.place,
    extensions: { 1: school.name, 2: "shared" },
  }),
});

const JOBS = [
  ...["IT: Network manager", "IT: Technician", "IT: Technician", "IT: Apprentice"],
  ...["Executive: Chief executive", "Executive: Director of education", "Finance: Director", "Finance: Assistant", "People: Director", "Estates: Manager"],
];
// The people of the IT have had per-user MFA since they set it up for themselves.
const staff = centralStaff("remote desktop", TRUST, "Trust office", JOBS).map(
  (person): Special => (person.department === "IT" ? { ...person, registered: [...PHONE, ...APP], perUserMfa: "enforced" } : person),
);
const staffOf = (department: string): readonly string[] => staff.filter((person) => person.department === department).map((person) => person.address);

const emergency = emergencyAccounts(TRUST);
const admins = administrators(TRUST, ["Rhiannon", "Kofi"]);
const sync = synchronisationAccount(INITIAL);
const addressesOf = (specials: readonly Special[]): readonly string[] => specials.map((special) => special.address);

const central: readonly Special[] = [
  ...emergency,
  ...admins,
  sync,
  ...staff,
  ...sharedMailboxes(TRUST, { admissions: "Admissions", vacancies: "Vacancies", "room-board": "Board room" }),
  ...guests(INITIAL, ["auditor@audit.example", "trustee@home.example", "supply@agency.example", "engineer@gateway-support.example"]),
  ...oddNames("priory.desktop.example", "Priory School", STARTS_AT),
  { address: `svc-gateway@${TRUST}`, displayName: "Remote desktop gateway (NPS extension)", mail: null, activity: 0, program: "script" },
  { address: `scanner@${TRUST}`, displayName: "Scanners (mail only)", licences: ["basic"], activity: "never" },
  { address: `whiteboards@${TRUST}`, displayName: "Whiteboards (old Outlook, IMAP)", licences: ["basic"], activity: 1, program: "imap" },
];

export const remoteDesktop: FillMaker = {
  about: "a trust of four schools with a remote desktop in August 2021, conditional access licensed; a fifth has registered for texts alone",
  make: (accounts) =>
    fillOf(
      {
        name: "remote-desktop",
        displayName: "Remote desktop trust",
        startsAt: STARTS_AT,
        createdDateTime: "2014-06-02T08:00:00Z",
        domains: [
          { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
          { name: TRUST, isDefault: true, isInitial: false, authenticationType: "Managed" },
          ...schools.map((school) => ({ name: school.domain, isDefault: false, isInitial: false, authenticationType: "Managed" }) as const),
        ],
        layout: {
          central,
          schools,
          posts: [shared("headteacher", "Head teacher"), shared("office", "School office")],
          oldDomain: () => undefined,
          adapt: (usual, of, number) => {
            const school = usual.address.slice(usual.address.lastIndexOf("@") + 1).split(".")[0] ?? "";
            return of === "pupil"
              ? { ...usual, jobTitle: "Pupil", extensions: { 1: school, 2: "pupil" } }
              : {
                  ...usual,
                  ...registeredOf(STAFF, "remote desktop registration", usual, number),
                  department: departmentFor(usual.jobTitle),
                  extensions: { 1: school, 2: "staff" },
                };
          },
        },
        signIns: { siteOf: (domain) => SITES.get(domain), elsewhere: "203.0.113.192", sprayed: 0.01 },
        roles: {
          "Global Administrator": addressesOf([...emergency, ...admins]),
          "Helpdesk Administrator": staffOf("IT").slice(1),
          "Directory Synchronization Accounts": [sync.address],
        },
        methods: {
          on: ["Email", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "Voice", "Fido2"],
          migration: "preMigration",
          campaign: "disabled",
          lastModified: "2021-03-04T15:20:00Z",
        },
        groups: (ids) => {
          const created = daysBefore(STARTS_AT, 480);
          return [
            securityGroup({
              id: ids.group.idAt(0),
              displayName: "IT Support",
              description: "Everyone who supports the schools' computers",
              members: staffOf("IT").map(ids.user),
              created,
            }),
            securityGroup({
              id: ids.group.idAt(1),
              displayName: "Remote desktop users",
              description: "Whom the gateway lets in",
              members: [...addressesOf(staff), ...schools.map((school) => `headteacher@${school.domain}`)].map(ids.user),
              created,
            }),
            securityGroup({
              id: ids.group.idAt(2),
              displayName: "GRP-Mill",
              description: "Kept on premises",
              members: [ids.user("office@mill.desktop.example")],
              created,
              synced: true,
            }),
          ];
        },
        locations: (ids) => [
          ipLocation({
            id: ids.location.idAt(0),
            displayName: "Trust office",
            isTrusted: false,
            ranges: ["203.0.113.128/26"],
            created: daysBefore(STARTS_AT, 300),
          }),
          countryLocation({ id: ids.location.idAt(1), displayName: "Great Britain", countries: ["GB"], created: daysBefore(STARTS_AT, 300) }),
        ],
        policies: (ids) => [
          foreignPolicy({
            id: ids.policy.idAt(0),
            displayName: "Administrators: MFA (trial)",
            state: "enabledForReportingButNotEnforced",
            created: daysBefore(STARTS_AT, 60),
            users: { includeUsers: addressesOf(admins).map(ids.user) },
            clientAppTypes: ["all"],
            control: "mfa",
          }),
        ],
      },
      accounts,
    ),
};
