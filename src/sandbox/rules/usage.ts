/**
 * The usage reports, row by row (reportroot-getoffice365activeuserdetail, -getemailappusageuserdetail, -getmailboxusagedetail). What they say
 * follows from the accounts, as of the day up to which the service has counted.
 */

import { createHash } from "node:crypto";
import type { Instant } from "../../runtime.ts";
import { idOf } from "../collection.ts";
import { type Json, MAIL_APPS, type MailApp, type UsageOfAccount, type WireObject } from "../fill.ts";
import { keyOf, mix } from "../fills/numbers.ts";
import { usageBySignIns } from "../fills/usage.ts";
import { isObject } from "../odata.ts";
import type { Store } from "../store.ts";
import { subscriptionsOf } from "./licence.ts";
import { mailboxPurposeOf } from "./mailbox.ts";

export const PERIODS = { D7: 7, D30: 30, D90: 90, D180: 180 } as const;
export type Period = keyof typeof PERIODS;
export const isPeriod = (text: string): text is Period => Object.hasOwn(PERIODS, text);

export const USAGE_REPORTS = ["getOffice365ActiveUserDetail", "getEmailAppUsageUserDetail", "getMailboxUsageDetail"] as const;
export type UsageReport = (typeof USAGE_REPORTS)[number];

const DAY_MS = 86_400_000;
const DAYS_KEPT = 30;

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

type Product = "Exchange" | "OneDrive" | "SharePoint" | "Skype For Business" | "Yammer" | "Teams";
const PRODUCTS: readonly Product[] = ["Exchange", "OneDrive", "SharePoint", "Skype For Business", "Yammer", "Teams"];

/** By the beginning of a service plan's name. OneDrive comes with every licence that a school has. */
const PLANS: Readonly<Record<Product, RegExp>> = {
  Exchange: /^EXCHANGE_S_/,
  OneDrive: /./,
  SharePoint: /./,
  "Skype For Business": /^MCOSTANDARD/,
  Yammer: /^YAMMER/,
  Teams: /^TEAMS1/,
};

type Sku = { readonly name: string; readonly products: ReadonlySet<Product> };

/** Whom a row is about. */
type Subject = { readonly user: WireObject; readonly usage: UsageOfAccount; readonly deleted: string };

type Cells = readonly (string | number | boolean)[];

type Report = {
  readonly columns: readonly string[];
  /** Undefined: the report is not about this one. */
  readonly cells: (subject: Subject) => Cells | undefined;
};

const textIn = (object: WireObject, name: string): string => {
  const value = object[name];
  return typeof value === "string" ? value : "";
};

/** Whether names are hidden now (adminReportSettings). */
export const concealsNames = (store: Store): boolean => {
  const set = store.seen("reportSettings", SETTINGS_ID)?.["displayConcealedNames"];
  return typeof set === "boolean" ? set : store.dials.concealedNames;
};
export const SETTINGS_ID = "reportsettings";

const skusOf = (store: Store): ReadonlyMap<Json | undefined, Sku> =>
  new Map(
    subscriptionsOf(store).map((sku) => {
      const plans = Array.isArray(sku["servicePlans"]) ? sku["servicePlans"].map((plan: Json) => (isObject(plan) ? String(plan["servicePlanName"]) : "")) : [];
      const products = new Set(PRODUCTS.filter((product) => plans.some((plan) => PLANS[product].test(plan))));
      return [sku["skuId"], { name: String(sku["skuPartNumber"]).replaceAll("_", " "), products }];
    }),
  );

const skuIdsOf = (user: WireObject): readonly (Json | undefined)[] =>
  Array.isArray(user["assignedLicenses"]) ? user["assignedLicenses"].map((licence: Json) => (isObject(licence) ? licence["skuId"] : undefined)) : [];

const LAST: Readonly<Record<Product, (usage: UsageOfAccount) => string | undefined>> = {
  Exchange: (usage) => usage.exchange,
  OneDrive: (usage) => usage.oneDrive,
  SharePoint: (usage) => usage.sharePoint,
  "Skype For Business": () => undefined,
  Yammer: () => undefined,
  Teams: (usage) => usage.teams,
};

/** The version where the service knows one; it says `Undetermined` of all others, and nothing where a program was not used. */
const VERSIONS: Partial<Record<MailApp, string>> = { "Outlook For Windows": "ProPlus" };

const GIGABYTE = 1024 ** 3;

const QUOTAS: Readonly<Record<"user" | "other", Cells>> = {
  user: [98, 99, 100].map((size) => size * GIGABYTE),
  other: [49, 49.5, 50].map((size) => size * GIGABYTE),
};
const BINS: Readonly<Record<"listed" | "sample" | "with-recipient-type", readonly string[]>> = {
  listed: ["Deleted Item Quota (Byte)", "Has Archive"],
  sample: [],
  "with-recipient-type": ["Deleted Item Quota (Byte)", "Has Archive", "Recipient Type"],
};

const RECIPIENTS: Readonly<Record<string, string>> = { user: "User", shared: "Shared", room: "Room", equipment: "Equipment" };

const reportsOf = (store: Store, period: Period, refreshed: string): Readonly<Record<UsageReport, Report>> => {
  const skus = skusOf(store);
  const days = PERIODS[period];
  const first = dayOf(Date.parse(refreshed) - (days - 1) * DAY_MS);
  const { mailboxColumns } = store.dials;
  const conceals = concealsNames(store);
  const hidden = (what: string, id: string): string => createHash("md5").update(`${store.fill.seed} ${what} ${id}`).digest("hex").toUpperCase();
  const named = ({ user, deleted }: Subject): Cells => {
    const [address, name] = conceals
      ? [hidden("address", idOf(user)), hidden("name", idOf(user))]
      : [textIn(user, "userPrincipalName"), textIn(user, "displayName")];
    return [refreshed, address, name, deleted !== "", deleted];
  };
  // What lies before the period, or has not been counted yet, is not told.
  const within = (day: string | undefined): string => {
    if (day === undefined || day < first) return "";
    return day > refreshed ? refreshed : day;
  };
  const number = (user: WireObject): number => keyOf(`${store.fill.seed} mailbox ${idOf(user)}`);
  return {
    getOffice365ActiveUserDetail: {
      columns: [
        ...PRODUCTS.map((product) => `Has ${product} License`),
        ...PRODUCTS.map((product) => `${product} Last Activity Date`),
        ...PRODUCTS.map((product) => `${product} License Assign Date`),
        "Assigned Products",
      ],
      cells: (subject) => {
        const { user, usage } = subject;
        const held = skuIdsOf(user).flatMap((id) => skus.get(id) ?? []);
        const has = (product: Product): boolean => held.some((sku) => sku.products.has(product));
        const last = PRODUCTS.map((product) => within(LAST[product](usage)));
        // Who has no licence and did nothing is nobody's user.
        if (held.length === 0 && last.every((day) => day === "")) return undefined;
        const assigned = textIn(user, "createdDateTime").slice(0, 10);
        return [
          ...named(subject),
          ...PRODUCTS.map(has),
          ...last,
          ...PRODUCTS.map((product) => (has(product) ? assigned : "")),
          held.map((sku) => sku.name).join("+"),
        ];
      },
    },
    getEmailAppUsageUserDetail: {
      columns: ["Last Activity Date", ...MAIL_APPS, "Report Period"],
      cells: (subject) => {
        const { user, usage } = subject;
        if (mailboxPurposeOf(store, user) !== "user") return undefined;
        const last = within(usage.exchange);
        const used = (app: MailApp): string => (last !== "" && usage.mailApps.includes(app) ? (VERSIONS[app] ?? "Undetermined") : "");
        return [...named(subject), last, ...MAIL_APPS.map(used), days];
      },
    },
    getMailboxUsageDetail: {
      columns: [
        "Created Date",
        "Last Activity Date",
        "Item Count",
        "Storage Used (Byte)",
        "Issue Warning Quota (Byte)",
        "Prohibit Send Quota (Byte)",
        "Prohibit Send/Receive Quota (Byte)",
        "Deleted Item Count",
        "Deleted Item Size (Byte)",
        ...BINS[mailboxColumns],
        "Report Period",
      ],
      cells: (subject) => {
        const { user, usage } = subject;
        const purpose = mailboxPurposeOf(store, user);
        if (purpose === undefined) return undefined;
        const size = number(user) % 20_000;
        // What is sent to a mailbox that nobody signs in to is activity as well.
        const last = purpose === "user" ? usage.exchange : (usage.exchange ?? dayOf(Date.parse(refreshed) - (mix(size, 1) % 3) * DAY_MS));
        const bin: Cells = [30 * GIGABYTE, false, RECIPIENTS[purpose] ?? "User"].slice(0, BINS[mailboxColumns].length);
        return [
          ...named(subject),
          textIn(user, "createdDateTime").slice(0, 10),
          within(last),
          size,
          size * 81_920,
          ...QUOTAS[purpose === "user" ? "user" : "other"],
          size % 500,
          (size % 500) * 81_920,
          ...bin,
          days,
        ];
      },
    },
  };
};

const NAMED = ["Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date"];

const cellText = (cell: string | number | boolean): string => {
  if (typeof cell === "boolean") return cell ? "True" : "False";
  if (cell === "") return "";
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const lineOf = (cells: Cells): string => `${cells.map(cellText).join(",")}\r\n`;

const BOM = "\uFEFF";

/** @param at when the report was asked for: it is of that moment, however long somebody takes to fetch it */
export function* usageLines(store: Store, report: UsageReport, period: Period, at: Instant): Generator<string> {
  const refreshed = dayOf(at - store.dials.usageAgeDays * DAY_MS);
  const { columns, cells } = reportsOf(store, period, refreshed)[report];
  yield BOM + lineOf([...NAMED, ...columns]);
  const { fill } = store;
  const usageOf = (user: WireObject, index: number | undefined): UsageOfAccount =>
    index === undefined || fill.usage === undefined ? usageBySignIns(user, ["Outlook For Web"]) : fill.usage(index, user);
  const lineFor = (user: WireObject, index: number | undefined, deleted: string): string | undefined => {
    // The service had not heard of it when it counted; guests belong to other tenants.
    if (textIn(user, "createdDateTime").slice(0, 10) > refreshed || user["userType"] === "Guest") return undefined;
    const row = cells({ user, usage: usageOf(user, index), deleted });
    return row === undefined ? undefined : lineOf(row);
  };
  // Accounts of the fill stand at their own places, and those made since behind them.
  for (const { place, object } of store.of("users").rows(at)) {
    const line = lineFor(object, place < fill.accounts ? place : undefined, "");
    if (line !== undefined) yield line;
  }
  for (const { object } of store.of("deletedUsers").rows(at)) {
    const deleted = textIn(object, "deletedDateTime");
    const line = at - Date.parse(deleted) < DAYS_KEPT * DAY_MS ? lineFor(object, fill.indexOfId(idOf(object)), deleted.slice(0, 10)) : undefined;
    if (line !== undefined) yield line;
  }
}
