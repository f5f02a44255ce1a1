/** Every fill by its name. */

import type { Fills } from "../fill.ts";
import { county } from "./county.ts";
import { trust } from "./trust.ts";

export const fills = { county, trust } as const satisfies Fills;
