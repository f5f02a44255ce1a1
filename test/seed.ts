/** `SEED=20181119` makes the laws throw the same dice again; without it each run throws its own, and says which when one fails. */

import fc from "fast-check";

const seed = Number(process.env["SEED"] ?? Number.NaN);
if (Number.isSafeInteger(seed)) fc.configureGlobal({ seed });
