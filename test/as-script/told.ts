/** A small tenant's scripts, without the command around them. */

import type { Script, ScriptRow } from "../../src/core/script/script.ts";
import { type ScriptAbout, scriptTexts } from "../../src/render/script.ts";
import type { Box, World } from "./world.ts";

export const TENANT = "4f9c7d1e-0000-4000-8000-000000000001";

export const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const turned = (moves: string): string => moves.replaceAll(/(\w+)=(\w+)>(\w+)/g, "$1=$3>$2");
const back = (rows: readonly ScriptRow[]): readonly ScriptRow[] => rows.map((row) => ({ ...row, moves: turned(row.moves) }));

export const seenScript = (mailboxes: readonly ScriptRow[], plans: readonly ScriptRow[] = [], tenant: readonly ScriptRow[] = []): Script => ({
  plans: { seen: true, rows: plans },
  mailboxes: { seen: true, rows: mailboxes },
  tenant: { seen: true, rows: tenant },
  back: { plans: back(plans), mailboxes: back(mailboxes), tenant: back(tenant) },
  digest: "1a2b3c4d",
  phases: ["Old mail protocols off"],
});

export const aboutOf = (script: Script, more: Partial<ScriptAbout> = {}): ScriptAbout => ({
  script,
  plan: { id: "county-2018", name: "County schools" },
  tenant: { id: TENANT, name: "County schools" },
  hash: "0".repeat(64),
  made: "Fri 9 Nov 2018 08:00",
  version: "0.1.0",
  names: { script: "mail-off.ps1", rollback: "mail-off.rollback.ps1", log: "mail-off.1a2b3c4d.log.jsonl" },
  ...more,
});

export const textsOf = (script: Script, more: Partial<ScriptAbout> = {}): { readonly script: string; readonly rollback: string } =>
  scriptTexts(aboutOf(script, more));

export const boxOf = (number: number, more: Partial<Box> = {}): Box => ({
  Guid: guid(number),
  ExternalDirectoryObjectId: guid(900 + number),
  PrimarySmtpAddress: `somebody-${number}@county.example`,
  PopEnabled: true,
  ImapEnabled: true,
  ActiveSyncEnabled: true,
  SmtpClientAuthenticationDisabled: null,
  ...more,
});

export const PLAN_NAME = "ExchangeOnlineEnterprise-00000000-0000-4000-8000-0000000000aa";

export const worldWith = (boxes: readonly Box[], smtpOff: boolean | null = false): World => ({
  tenantId: TENANT,
  boxes,
  plans: [{ Name: PLAN_NAME, PopEnabled: true, ImapEnabled: false, ActiveSyncEnabled: true }],
  smtpOff,
});
