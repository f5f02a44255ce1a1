/** A college in 2023: staff and students, each with a domain; students have telephones and take part. */

import type { FillMaker } from "../fill.ts";
import type { Registered, Special } from "./account.ts";
import { administrators, centralStaff, emergencyAccounts, guests, oddNames, sharedMailboxes, synchronisationAccount } from "./central.ts";
import { securityGroup } from "./groups.ts";
import { departmentFor, type Mix, registeredOf, TEACHING } from "./mix.ts";
import type { Site } from "./networks.ts";
import type { School } from "./people.ts";
import { countryLocation, foreignPolicy } from "./policies.ts";
import { daysBefore, fillOf } from "./school-fill.ts";

const COLLEGE = "college.example";
const STUDENTS = `students.${COLLEGE}`;
const INITIAL = "college.onmicrosoft.example";
/** Monday, 08:00 in London; a week before the first phase. */
const STARTS_AT = Date.UTC(2023, 8, 11, 7);

const side = (place: number, name: string, domain: string, staff: number, pupils: number, synced: true | null): School => ({
  place,
  name,
  title: "The college",
  domain,
  spelledDomain: domain,
  staff,
  pupils,
  synced,
});
const schools: readonly School[] = [side(0, "staff", COLLEGE, 220, 0, null), side(1, "students", STUDENTS, 0, 400, true)];

/** The main site, and the workshops. */
const SITE: Site = { v4: ["192.0.2.10", "192.0.2.11", "198.51.100.10"], v6: "2001:db8:60:1", city: "Wakefield" };
const SITES: ReadonlyMap<string, Site> = new Map([COLLEGE, STUDENTS, INITIAL].map((domain) => [domain, SITE]));

const APP: readonly Registered[] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];

const STAFF: Mix = [
  { upTo: 0.38, what: ["mobilePhone", ...APP] },
  { upTo: 0.56, what: APP },
  { upTo: 0.72, what: ["mobilePhone"] },
  { upTo: 0.75, what: ["fido2"] },
  { upTo: 0.8, what: ["email"] },
  { upTo: 0.82, what: ["securityQuestion"] },
];
const STUDENT: Mix = [
  { upTo: 0.3, what: ["mobilePhone", ...APP] },
  { upTo: 0.42, what: APP },
  { upTo: 0.58, what: ["mobilePhone"] },
  { upTo: 0.64, what: ["email"] },
];

const COURSES = ["Art and design", "Business", "Catering", "Computing", "Construction", "Engineering", "Hair and beauty", "Health", "Music", "Sport"];

const JOBS = [
  ...["IT Services: Head of IT", "IT Services: Network engineer", "IT Services: Technician", "IT Services: Technician"],
  ...["Principal's office: Principal", "Principal's office: Vice principal", "Finance: Director", "Finance: Officer", "Exams: Officer", "Library: Librarian"],
];
const staff = centralStaff("college", COLLEGE, "The college", JOBS);
const staffOf = (department: string): readonly string[] => staff.filter((person) => person.department === department).map((person) => person.address);
const emergency = emergencyAccounts(COLLEGE);
const admins = administrators(COLLEGE, ["Linnea", "Tariq"]);
const sync = synchronisationAccount(INITIAL);
const addressesOf = (specials: readonly Special[]): readonly string[] => specials.map((special) => special.address);

const sharedDesk = (local: string, displayName: string, activity: number): Special => ({
  address: `${local}@${COLLEGE}`,
  displayName,
  licences: ["faculty"],
  employeeType: "Shared",
  activity,
  extensions: { 1: "shared" },
});

const central: readonly Special[] = [
  ...emergency,
  ...admins,
  sync,
  ...staff,
  sharedDesk("reception", "Reception", 0),
  sharedDesk("exams", "Exams office", 1),
  sharedDesk("library", "Library desk", 0),
  ...sharedMailboxes(COLLEGE, { admissions: "Admissions", "room-hall": "Main hall", "room-theatre": "Theatre" }),
  ...guests(INITIAL, [
    "assessor@awarding.example",
    "governor@home.example",
    "employer@apprenticeships.example",
    "trainer@courses.example",
    "nurse@health.example",
  ]),
  ...oddNames(COLLEGE, "The college", STARTS_AT),
  { address: `svc-print@${COLLEGE}`, displayName: "Print service", mail: null, activity: 0, program: "script" },
  { address: `scanner@${COLLEGE}`, displayName: "Scanners (SMTP)", licences: ["basic"], activity: 0, program: "smtp" },
];

export const college: FillMaker = {
  about: "a college in September 2023, staff and students, conditional access licensed",
  make: (accounts) =>
    fillOf(
      {
        name: "college",
        displayName: "College",
        startsAt: STARTS_AT,
        createdDateTime: "2013-08-12T08:30:00Z",
        domains: [
          { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
          { name: COLLEGE, isDefault: true, isInitial: false, authenticationType: "Managed" },
          { name: STUDENTS, isDefault: false, isInitial: false, authenticationType: "Managed" },
        ],
        layout: {
          central,
          schools,
          posts: [],
          oldDomain: () => undefined,
          pupilWord: "student",
          adapt: (usual, of, number) =>
            of === "pupil"
              ? {
                  ...usual,
                  ...registeredOf(STUDENT, "college students", usual, number),
                  department: COURSES[number % COURSES.length] ?? "",
                  jobTitle: "Student",
                  employeeType: "Student",
                  extensions: { 1: "student", 2: `Year ${1 + (number % 3)}` },
                }
              : {
                  ...usual,
                  ...registeredOf(STAFF, "college staff", usual, number),
                  department: departmentFor(usual.jobTitle),
                  extensions: { 1: "staff", 2: COURSES[number % COURSES.length] ?? "" },
                },
        },
        signIns: { siteOf: (domain) => SITES.get(domain), elsewhere: "203.0.113.192", sprayed: 0.01 },
        roles: {
          "Global Administrator": addressesOf([...emergency, ...admins]),
          "Helpdesk Administrator": staffOf("IT Services").slice(2),
          "Directory Synchronization Accounts": [sync.address],
        },
        methods: {
          on: ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath"],
          migration: "migrationInProgress",
          campaign: "default",
          lastModified: "2023-06-14T13:45:00Z",
        },
        groups: (ids) => {
          const created = daysBefore(STARTS_AT, 400);
          return [
            securityGroup({
              id: ids.group.idAt(0),
              displayName: "IT Services",
              description: "Everyone who supports the college's computers",
              members: staffOf("IT Services").map(ids.user),
              created,
            }),
            securityGroup({
              id: ids.group.idAt(1),
              displayName: "Teaching staff",
              description: "By department",
              members: [],
              created,
              rule: `(user.department -eq "${TEACHING}") and (user.accountEnabled -eq true)`,
            }),
            securityGroup({
              id: ids.group.idAt(2),
              displayName: "GRP-Exams",
              description: "Kept on premises",
              members: [ids.user(`exams@${COLLEGE}`)],
              created,
              synced: true,
            }),
          ];
        },
        locations: (ids) => [
          countryLocation({ id: ids.location.idAt(0), displayName: "Great Britain", countries: ["GB"], created: daysBefore(STARTS_AT, 250) }),
        ],
        policies: (ids) => [
          foreignPolicy({
            id: ids.policy.idAt(0),
            displayName: "Finance: no old mail programs",
            state: "enabled",
            created: daysBefore(STARTS_AT, 200),
            users: { includeUsers: staffOf("Finance").map(ids.user), excludeUsers: addressesOf(emergency).map(ids.user) },
            clientAppTypes: ["exchangeActiveSync", "other"],
            control: "block",
          }),
        ],
      },
      accounts,
    ),
};
