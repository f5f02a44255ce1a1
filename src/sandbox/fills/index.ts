/** Every fill by its name. */

import type { Fills } from "../fill.ts";
import { college } from "./college.ts";
import { county } from "./county.ts";
import { remoteDesktop } from "./remote-desktop.ts";
import { smallOff, smallOn } from "./small.ts";
import { trust } from "./trust.ts";

// Of fills with the same domains the first is the one that a plan finds.
export const fills = { college, county, "remote-desktop": remoteDesktop, small: smallOn, "small-off": smallOff, trust } as const satisfies Fills;
