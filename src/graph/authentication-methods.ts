/** The policy of authentication methods on the wire. Facts, section 7.9. */

import { type KindAdapter, mismatch, performEach } from "./kind.ts";

/** Nothing of it is read or written yet: what asks for it is refused. */
export const authenticationMethods: KindAdapter<"authentication-methods"> = {
  perform: (context, steps) => performEach(context, steps, (step) => Promise.resolve(mismatch(step))),
};
