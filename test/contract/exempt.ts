/** What is not held against a table, and why: v1.0 metadata is in the one, Exchange Online's administration in the other. Whatever is neither here nor there fails. */

import type { Exchange } from "./check.ts";

type Exemption = { readonly methods: readonly string[]; readonly version: RegExp; readonly path: RegExp; readonly because: string };

const BETA = /^beta$/i;
const beta = (path: RegExp, methods: readonly string[], because: string): Exemption => ({ methods, version: BETA, path, because });

const EXEMPTIONS: readonly Exemption[] = [
  {
    methods: ["GET", "POST", "PUT"],
    version: /^_practice$/,
    path: /^(?:\/(?:clock|requests|dials|objects|sign-in|snapshot|token))?$/,
    because: "the practice tenant's own controls, which no service has",
  },
  beta(/^\/users\/[^/]+\/authentication\/requirements$/i, ["GET", "PATCH"], "per-user MFA is beta only (facts, sections 0 and 7.8)"),
  beta(/^\/policies\/authenticationMethodsPolicy$/i, ["GET", "PATCH"], "suspicious activity and system preference are beta only (facts, sections 0 and 7.9)"),
  beta(/^\/policies\/identitySecurityDefaultsEnforcementPolicy$/i, ["GET"], "whether Microsoft will switch it on is told by beta only (facts, section 7.1)"),
  beta(/^\/auditLogs\/signIns(?:\/[^/]+)?$/i, ["GET"], "only beta tells non-interactive sign-ins and single-factor ones (facts, section 7.11)"),
  {
    methods: ["GET"],
    version: /^data$/,
    path: /^\/download\/[^/]+$/,
    because: "where a usage report lies is no part of Graph (facts, section 7.15)",
  },
];

/** @returns the reason */
export const exemptionOf = ({ method, version, path }: Pick<Exchange, "method" | "version" | "path">): string | undefined =>
  EXEMPTIONS.find((one) => one.methods.includes(method) && one.version.test(version) && one.path.test(path))?.because;
