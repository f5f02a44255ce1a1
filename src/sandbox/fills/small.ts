/** A small organisation in 2024 without a premium licence; with security defaults on, or still off. */

import type { FillMaker } from "../fill.ts";
import type { Registered, Special } from "./account.ts";
import { administrators, centralStaff, emergencyAccounts, guests, sharedMailboxes } from "./central.ts";
import { securityGroup } from "./groups.ts";
import { departmentFor, type Mix, registeredOf } from "./mix.ts";
import type { Site } from "./networks.ts";
import type { School } from "./people.ts";
import { daysBefore, fillOf } from "./school-fill.ts";

const DOMAIN = "small.example";
const INITIAL = "small.onmicrosoft.example";
/** Monday, 08:00 in London; a week before the first phase. */
const STARTS_AT = Date.UTC(2024, 8, 30, 7);

const office: School = {
  place: 0,
  name: "small",
  title: "Small organisation",
  domain: DOMAIN,
  spelledDomain: DOMAIN,
  staff: 18,
  pupils: 0,
  synced: null,
};

const OFFICE: Site = { v4: ["192.0.2.10"], city: "Whitby" };

const APP: readonly Registered[] = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];

const STAFF: Mix = [
  { upTo: 0.35, what: APP },
  { upTo: 0.5, what: ["mobilePhone", ...APP] },
  { upTo: 0.58, what: ["softwareOneTimePasscode"] },
  { upTo: 0.72, what: ["mobilePhone"] },
  { upTo: 0.78, what: ["email"] },
];

const basic = (special: Special): Special => ({ ...special, ...((special.licences?.length ?? 0) === 0 ? {} : { licences: ["basic"] }) });

const JOBS = ["Management: Director", "Management: Deputy director", "Finance: Bookkeeper", "Programmes: Manager", "Fundraising: Officer"];
const staff = centralStaff("small", DOMAIN, "Small organisation", JOBS).map(basic);
const emergency = emergencyAccounts(DOMAIN);
const admins = administrators(DOMAIN, ["Delphine"]).map(basic);
const addressesOf = (specials: readonly Special[]): readonly string[] => specials.map((special) => special.address);

const central: readonly Special[] = [
  ...emergency,
  ...admins,
  ...staff,
  ...sharedMailboxes(DOMAIN, { info: "Information", "room-1": "Meeting room" }),
  ...guests(INITIAL, ["treasurer@home.example", "designer@studio.example", "auditor@audit.example"]),
  // What security defaults would cut off: they cannot do anything but basic authentication.
  { address: `scanner@${DOMAIN}`, displayName: "Scanner (SMTP)", licences: ["basic"], activity: 0, program: "smtp" },
  { address: `newsletter@${DOMAIN}`, displayName: "Newsletter (SMTP)", licences: ["basic"], activity: 2, program: "smtp" },
  {
    address: `donations@${DOMAIN}`,
    displayName: "Donations (old mail program, POP3)",
    licences: ["basic"],
    employeeType: "Shared",
    activity: 1,
    program: "pop",
  },
  // There was a server once.
  { address: `reception@${DOMAIN}`, displayName: "Reception (shared by two)", licences: ["basic"], employeeType: "Shared", synced: false, activity: 0 },
  { address: `volunteer-1@${DOMAIN}`, displayName: "Volunteer 1", licences: ["basic"], employeeType: "Volunteer", activity: 6, registered: ["mobilePhone"] },
  { address: `volunteer-2@${DOMAIN}`, displayName: "Volunteer 2", licences: ["basic"], employeeType: "Volunteer", activity: "never" },
];

const small = (name: string, securityDefaults: boolean): FillMaker => ({
  about: `a small organisation in September 2024 without a premium licence, security defaults ${securityDefaults ? "on" : "off"}`,
  make: (accounts) =>
    fillOf(
      {
        name,
        displayName: "Small organisation",
        startsAt: STARTS_AT,
        createdDateTime: "2017-04-20T11:00:00Z",
        domains: [
          { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
          { name: DOMAIN, isDefault: true, isInitial: false, authenticationType: "Managed" },
        ],
        layout: {
          central,
          schools: [office],
          posts: [],
          oldDomain: () => undefined,
          adapt: (usual, of, number) => ({
            ...basic(usual),
            ...(of === "pupil" ? { employeeType: "Volunteer", department: "Volunteers" } : registeredOf(STAFF, "small registration", usual, number)),
            ...(of === "pupil" ? {} : { department: departmentFor(usual.jobTitle) }),
          }),
          pupilWord: "helper",
        },
        signIns: { siteOf: (domain) => (domain === DOMAIN ? OFFICE : undefined), elsewhere: "203.0.113.192", sprayed: 0.01 },
        roles: { "Global Administrator": addressesOf([...emergency, ...admins]), "User Administrator": addressesOf(staff).slice(0, 1) },
        securityDefaults,
        onPremisesDomain: "office.internal.example",
        skus: ["basic"],
        consumed: (total) => ({ faculty: 0, basic: total, student: 0, studentBenefit: 0 }),
        methods: {
          on: ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath"],
          migration: "migrationComplete",
          campaign: "default",
          lastModified: "2023-11-02T09:00:00Z",
        },
        groups: (ids) => [
          securityGroup({
            id: ids.group.idAt(0),
            displayName: "Everyone in the office",
            description: null,
            members: addressesOf(staff).map(ids.user),
            created: daysBefore(STARTS_AT, 900),
          }),
        ],
        locations: () => [],
        policies: () => [],
      },
      accounts,
    ),
});

export const smallOn = small("small", true);
export const smallOff = small("small-off", false);
