/** Who may sign in: `accountEnabled` of accounts, twenty in a batch. Facts, section 7.7. */

import { performAccounts } from "./account-changes.ts";
import type { KindAdapter } from "./kind.ts";

/** No resource: what it is about are accounts, which are read by themselves. */
export const accountBlock: KindAdapter<"account-block"> = { perform: performAccounts };
