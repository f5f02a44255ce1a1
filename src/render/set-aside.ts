/** What somebody set aside on a bad morning, for whoever wonders later why nothing happens. */

import type { SetAside } from "../core/document.ts";
import { hanging } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View, zoneWord } from "./view.ts";
import { minuteMoment } from "./when.ts";

export const SET_ASIDE = "Set aside by somebody";

const moment = (iso: string, view: View): string => `${minuteMoment(iso)} ${zoneWord(view.zone)}`;

export const setAsideLines = (setAside: SetAside | undefined, view: View): readonly string[] => {
  if (setAside === undefined) return [];
  const columns = columnsOf(view);
  const { halted, out, letIn } = setAside;
  return [
    ...(halted === undefined
      ? []
      : [
          hanging(
            "  ",
            `on hold since ${moment(halted, view)}: somebody halted the plan (the tenant's audit log says who). What is on hold stays in report-only, and no run releases it`,
            columns,
          ),
        ]),
    ...out.map((domain) => hanging("  ", `${safe(domain)} is out: this plan asks its accounts nothing until apply --back-in ${safe(domain)}`, columns)),
    ...letIn.map(({ id, address, until }) =>
      hanging("  ", `${safe(address ?? id)} is let in until ${moment(until, view)}; the first run or apply after that ends it`, columns),
    ),
  ];
};
