/** What was seen of a tenant, to lines that say what is well, what is wrong and what to do. Pure: the same facts give the same lines. */

import { byHandLines } from "./by-hand.ts";
import { DOCTOR_SECTIONS, type DoctorDocument, type DoctorLine, type DoctorVerdict } from "./document.ts";
import { emergencyLines } from "./emergency.ts";
import type { Facts } from "./facts.ts";
import { journalLines } from "./journals.ts";
import { licenceLines } from "./licences.ts";
import { mailLines } from "./mail.ts";
import { networkLines } from "./networks.ts";
import { permissionLines } from "./permissions.ts";
import { signInLines } from "./sign-in.ts";
import { tenantLines } from "./tenant.ts";

const CHECKS: readonly ((facts: Facts) => readonly DoctorLine[])[] = [
  signInLines,
  permissionLines,
  licenceLines,
  tenantLines,
  emergencyLines,
  networkLines,
  mailLines,
  journalLines,
  byHandLines,
];

/** Section by section, in each as the checks tell them. */
const diagnosed = (facts: Facts): readonly DoctorLine[] => {
  const lines = CHECKS.flatMap((check) => check(facts));
  return DOCTOR_SECTIONS.flatMap((section) => lines.filter((line) => line.section === section));
};

/** @param asOf the moment of the facts, ISO 8601 with an offset */
export const doctorDocument = (facts: Facts, asOf: string): DoctorDocument => {
  const lines = diagnosed(facts);
  const count = (verdict: DoctorVerdict): number => lines.filter((line) => line.verdict === verdict).length;
  const { plan, observed } = facts;
  return {
    schemaVersion: 1,
    plan: plan === undefined ? null : { id: plan.id, name: plan.name, file: plan.file },
    tenant: observed.tenant,
    asOf,
    lines,
    summary: { ok: count("ok"), warning: count("warning"), problem: count("problem"), unread: count("unread"), note: count("note") },
  };
};
