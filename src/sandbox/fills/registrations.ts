/** When somebody registered, and from where: computed from the account's number, so that a day of it is found without a list. */

import type { Instant } from "../../runtime.ts";
import type { AuditsFill, WireObject } from "../fill.ts";
import { type Account, momentOf, type Registered } from "./account.ts";
import { addressAt, homeOf, type Site } from "./networks.ts";
import { type IdSpace, idSpace, keyOf, mix } from "./numbers.ts";
import { DAY_S, SCHOOL, SHIFT_S, slotOf } from "./sign-in-times.ts";

/** People registered within two years before the start, in equal parts each day. */
const DAYS = 730;
/** Have no factor in common with it: neighbours in number register months apart, and there is a way back. */
const STEP = 271;
const BACK = 431;

const daysBefore = (number: number): number => 1 + ((number * STEP) % DAYS);
/** The lowest number of those who did so that many days before; the others are whole rounds further. */
const numberAt = (days: number): number => ((days - 1) * BACK) % DAYS;

/** During school hours of the day, whatever day it was. */
export const registeredAt = (number: number, startsAt: Instant): number =>
  (Math.floor(startsAt / 1000 / DAY_S) - daysBefore(number)) * DAY_S + SCHOOL * SHIFT_S + slotOf(number);

/** What was registered together in one go is one line of the log. The texts are those that people quote; no page lists them. */
const LINES: readonly { readonly words: readonly Registered[]; readonly reason: string }[] = [
  { words: ["microsoftAuthenticatorPush", "softwareOneTimePasscode"], reason: "User registered Authenticator App with Notification and Code" },
  { words: ["mobilePhone"], reason: "User registered Mobile Phone SMS" },
  { words: ["officePhone"], reason: "User registered Office Phone" },
  { words: ["email"], reason: "User registered Email" },
  { words: ["securityQuestion"], reason: "User registered Security Questions" },
  { words: ["fido2"], reason: "User registered Fido2 Authentication Method" },
];

export type RegistrationParts = {
  readonly seed: string;
  readonly startsAt: Instant;
  readonly total: number;
  readonly accountAt: (number: number) => Account;
  readonly users: IdSpace;
  readonly siteOf: (domain: string) => Site | undefined;
  /** Where homes have their addresses: see `homeOf`. */
  readonly elsewhere: string;
};

/** One in so many does it at home. */
const AT_HOME = 5;

export const auditsOf = (parts: RegistrationParts): AuditsFill => {
  const { seed, startsAt, total, accountAt, users } = parts;
  const { idAt: idFor } = idSpace(`${seed} registrations`);
  const key = keyOf(`${seed} registrations`);
  const startDay = Math.floor(startsAt / 1000 / DAY_S);

  const addressFor = (account: Account, number: number): string => {
    const draw = mix(key, number);
    const site =
      account.guest !== undefined || draw % AT_HOME === 0 ? undefined : parts.siteOf(account.address.slice(account.address.lastIndexOf("@") + 1).toLowerCase());
    return site === undefined ? homeOf(parts.elsewhere, number).address : addressAt(site, number, draw);
  };

  const rowOf = (account: Account, number: number, second: number, line: number, reason: string): WireObject => {
    const id = users.idAt(number);
    const correlationId = idFor(number * LINES.length + line);
    return {
      id: `Authentication Methods_${correlationId}_${line}`,
      activityDateTime: momentOf(second * 1000),
      activityDisplayName: "User registered security info",
      additionalDetails: [],
      category: "UserManagement",
      correlationId,
      initiatedBy: { app: null, user: { id, displayName: account.displayName, ipAddress: addressFor(account, number), userPrincipalName: account.address } },
      loggedByService: "Authentication Methods",
      operationType: "Add",
      result: "success",
      resultReason: reason,
      targetResources: [{ displayName: account.displayName, groupType: null, id, modifiedProperties: [], type: "User", userPrincipalName: account.address }],
    };
  };

  return {
    *events(span) {
      const newest = Math.min(span.to, span.after?.second ?? span.to);
      for (let day = Math.floor(newest / DAY_S); day >= Math.floor(span.from / DAY_S); day -= 1) {
        const days = startDay - day;
        if (days < 1 || days > DAYS) continue;
        const numbers: number[] = [];
        for (let number = numberAt(days); number < total; number += DAYS) numbers.push(number);
        numbers.sort((left, right) => slotOf(right) - slotOf(left) || left - right);
        for (const number of numbers) {
          const second = registeredAt(number, startsAt);
          if (second > newest || second < span.from) continue;
          const account = accountAt(number);
          if (account.created / 1000 > second) continue;
          for (const [place, { words, reason }] of LINES.entries()) {
            const ordinal = Math.floor(number / SHIFT_S) * LINES.length + place;
            if (!words.some((word) => account.registered.includes(word)) || (span.after?.second === second && ordinal <= span.after.ordinal)) continue;
            yield { second, ordinal, row: () => rowOf(account, number, second, place, reason) };
          }
        }
      }
    },
  };
};
