/** Every report, by its name. */

import { deletions } from "../core/accounts/deletions.ts";
import { exclusions } from "../core/reports/exclusions.ts";
import { methods } from "../core/reports/methods.ts";
import { networks } from "../core/reports/networks.ts";
import { protocols } from "../core/reports/protocols.ts";
import { readiness } from "../core/reports/readiness.ts";
import { signIns } from "../core/reports/sign-ins.ts";
import { stale } from "../core/reports/stale.ts";
import { unregistered } from "../core/reports/unregistered.ts";
import { makeDeletions } from "./deletions.ts";
import { makeExclusions } from "./exclusions.ts";
import { makeMethods } from "./methods.ts";
import { makeNetworks } from "./networks.ts";
import { makeProtocols } from "./protocols.ts";
import { makeReadiness } from "./readiness.ts";
import type { Reports } from "./report.ts";
import { makeSignIns } from "./sign-ins.ts";
import { makeStale } from "./stale.ts";
import { makeUnregistered } from "./unregistered.ts";

export const REPORT_MAKERS = {
  unregistered: { shape: unregistered, make: makeUnregistered },
  stale: { shape: stale, make: makeStale },
  readiness: { shape: readiness, make: makeReadiness },
  methods: { shape: methods, make: makeMethods },
  "sign-ins": { shape: signIns, make: makeSignIns },
  networks: { shape: networks, make: makeNetworks },
  exclusions: { shape: exclusions, make: makeExclusions },
  protocols: { shape: protocols, make: makeProtocols },
  deletions: { shape: deletions, make: makeDeletions },
} satisfies Reports;
