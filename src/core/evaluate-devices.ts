/** Which devices a policy is about. "Conditional Access: Filter for devices". */

import { matchesRule } from "./device-rule.ts";
import { allOf, at, membersOf, no, strangersIn, textOf, unsure, type Verdict, yes } from "./evaluate-logic.ts";
import type { SignIn } from "./sign-in.ts";
import type { Json } from "./tenant.ts";

const filterVerdict = (filter: Json, device: SignIn["device"]): Verdict => {
  const [mode, rule] = [textOf(at(filter, "mode")), textOf(at(filter, "rule"))];
  if (rule === undefined || (mode !== "include" && mode !== "exclude")) return unsure("its filter for devices cannot be read");
  if (device === undefined) return unsure("nobody can say on which device the sign-in is");
  const matches = matchesRule(rule, device);
  if (matches === "unknown") return unsure("whether its filter for devices takes in the device nobody can say");
  const isIn = (matches === "yes") === (mode === "include");
  return isIn ? yes("it is about that device") : no(mode === "include" ? "its filter takes in other devices" : "its filter leaves out that device");
};

export const deviceVerdict = (devices: Json | undefined, { device }: SignIn): Verdict => {
  if (membersOf(devices).length === 0) return strangersIn(devices, [], "devices")[0] ?? yes("it is about every device");
  const filter = at(devices, "deviceFilter");
  return allOf(
    [
      ...(filter === undefined ? [] : [filterVerdict(filter, device), ...strangersIn(filter, ["mode", "rule"], "deviceFilter")]),
      // Device states, which came before filters, are deprecated and mean what no page tells any more.
      ...strangersIn(devices, ["deviceFilter"], "devices"),
    ],
    "it is about that device",
  );
};
