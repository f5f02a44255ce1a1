/** Who is signed in, to which tenant, and whether the clocks agree. */

import { counted } from "../guards/guard.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { notRead, teller } from "./lines.ts";

/** Beyond it writes stop: what is due is told by a clock. */
const MOST_MS = 60_000;

const whoOf = ({ claims, observed: { access } }: Facts): string => {
  if (claims.type === "present") {
    const { isApplication, userPrincipalName, name, appId, objectId } = claims.value;
    if (isApplication) return `signed in as the application ${name === undefined ? appId : `${name} (${appId})`}, for itself`;
    return `signed in as ${userPrincipalName ?? objectId}, through the application ${appId}`;
  }
  const operator = access?.type === "present" ? access.value.operator : undefined;
  if (operator?.type === "present") return `signed in as ${operator.value.address}; the token tells nothing more`;
  if (operator?.type === "absent") return "signed in as an application, whose token tells nothing of it";
  return "who is signed in is told neither by the token nor by the service";
};

const signedIn = (facts: Facts): DoctorLine => {
  const tell = teller("sign-in", "sign-in");
  const { claims, observed, plan } = facts;
  const who = whoOf(facts);
  if (claims.type === "present" && claims.value.tenantId !== observed.tenant.id)
    return tell.problem(
      `${who}, with a token of the tenant ${claims.value.tenantId}, while what answers is ${observed.tenant.id}`,
      "sign in to the tenant that is meant: --tenant takes its id or one of its domains",
    );
  const own = claims.type === "present" && !claims.value.isApplication ? claims.value.objectId : undefined;
  const operator = observed.access?.type === "present" ? observed.access.value.operator : undefined;
  const id = own ?? (operator?.type === "present" && operator.value.account.type === "present" ? operator.value.account.value.id : undefined);
  const emergency = observed.emergency.find(({ account }) => account.type === "present" && account.value.id === id);
  if (id !== undefined && plan !== undefined && emergency !== undefined)
    return tell.warning(
      `${who}: this is an emergency account of the plan`,
      "sign in with an account or an application of its own: an emergency account is for emergencies, and whoever watches its sign-ins is to be woken by each",
    );
  if (claims.type !== "present" && operator?.type !== "present" && operator?.type !== "absent")
    return tell.unread(who, "run it again; if it stays so, sign in anew");
  return tell.ok(who);
};

const tenantLine = ({ observed: { tenant } }: Facts): DoctorLine =>
  teller("sign-in", "tenant").ok(`${tenant.practice ? "a practice tenant: " : ""}${tenant.name}, ${tenant.id}`);

const clock = ({ aheadMs }: Facts): DoctorLine => {
  const tell = teller("sign-in", "clock");
  if (aheadMs.type !== "present") return notRead(tell, "the service's clock", aheadMs);
  const seconds = Math.round(Math.abs(aheadMs.value) / 1000);
  if (Math.abs(aheadMs.value) <= MOST_MS)
    return tell.ok(`the clock of this machine agrees with the service's${seconds === 0 ? "" : `, but for ${counted(seconds, "second")}`}`);
  return tell.warning(
    `the clock of this machine is ${counted(seconds, "second")} ${aheadMs.value > 0 ? "ahead of" : "behind"} the service's: beyond 60 seconds nothing is written, since phases go by it`,
    "set the clock: w32tm /resync on Windows, timedatectl set-ntp true on Linux",
  );
};

export const signInLines = (facts: Facts): readonly DoctorLine[] => [signedIn(facts), tenantLine(facts), clock(facts)];
