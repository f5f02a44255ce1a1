/** What phases say of passwords alone, against each other and against what keeps protocols on. */

import type { Part } from "./phase-parts.ts";
import type { BlockBasic, TurnOff } from "./plan.ts";
import { fault } from "./problems.ts";
import type { Sheet } from "./sheet.ts";

type Draft = { readonly name: string; readonly parts: { readonly blockBasic?: Part<BlockBasic> | undefined; readonly turnOff?: Part<TurnOff> | undefined } };

/** Each later phase takes something away; and what keeps a protocol on is of no use to a program whose password is not taken. */
export const checkBasics = (sheet: Sheet, drafts: readonly Draft[]): void => {
  const keeping = drafts.find(({ parts: { turnOff } }) => turnOff?.words.protocols.includes("smtpAuth") === true && turnOff.words.keepOn.length > 0);
  drafts.forEach(({ name, parts: { blockBasic } }, at) => {
    if (blockBasic === undefined) return;
    const { allow } = blockBasic.words;
    const earlier = drafts.slice(0, at).find(({ parts }) => parts.blockBasic?.words.allow.every((word) => allow.includes(word)));
    if (earlier !== undefined)
      sheet.problems.add(
        blockBasic.at,
        fault(
          `${name} blocks nothing that ${earlier.name} does not block already`,
          "take it out; what shall go on is named under allow where it is blocked first",
        ),
      );
    if (keeping !== undefined && !allow.includes("smtpAuth"))
      sheet.remarks.add(
        blockBasic.at,
        fault(
          `${name} lets nothing send with a password alone, nor those accounts for which ${keeping.name} keeps SMTP AUTH on`,
          "say allow: [smtpAuth], or give these accounts an authentication policy of their own in Exchange Online",
        ),
      );
  });
};
