/** The registration campaign on the wire, a part of the policy of authentication methods. Facts, section 7.9. */

import { type KindAdapter, mismatch, performEach } from "./kind.ts";

/** Nothing of it is read or written yet: what asks for it is refused. */
export const registrationCampaign: KindAdapter<"registration-campaign"> = {
  perform: (context, steps) => performEach(context, steps, (step) => Promise.resolve(mismatch(step))),
};
