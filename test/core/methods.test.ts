import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { METHOD_BITS, methodBits, readyBy } from "../../src/core/methods.ts";
import type { CountedMethods } from "../../src/core/plan/plan.ts";

const EVERYTHING: CountedMethods = { atLeast: 1, notCount: [] };
/** As a gateway that shows neither codes nor texts needs it. */
const GATEWAY: CountedMethods = { atLeast: 2, notCount: ["text", "code", "token", "passkey", "hello"] };

describe("what counts as ready", () => {
  const cases: readonly (readonly [name: string, counted: CountedMethods, capable: boolean, registered: readonly string[], want: boolean])[] = [
    ["whatever the service calls capable", EVERYTHING, true, [], true],
    ["a certificate, for which the plan has no word", EVERYTHING, true, ["certificateBasedAuthentication"], true],
    ["a method that the tenant does not allow", EVERYTHING, false, ["mobilePhone"], false],
    ["the app and a telephone", GATEWAY, true, ["microsoftAuthenticatorPush", "mobilePhone"], true],
    ["the app alone, with the code that comes with it", GATEWAY, true, ["microsoftAuthenticatorPush", "softwareOneTimePasscode"], false],
    ["the app and a desk telephone, which can be called", GATEWAY, true, ["microsoftAuthenticatorPush", "officePhone"], true],
    ["a code and a text", GATEWAY, true, ["softwareOneTimePasscode", "mobilePhone"], false],
    ["the app and a key", GATEWAY, true, ["microsoftAuthenticatorPush", "fido2"], false],
    ["security questions and e-mail", GATEWAY, true, ["microsoftAuthenticatorPush", "securityQuestion", "email"], false],
    ["both, but not allowed", GATEWAY, false, ["microsoftAuthenticatorPush", "mobilePhone"], false],
    ["a telephone that may neither call nor text", { atLeast: 1, notCount: ["text", "call"] }, true, ["mobilePhone"], false],
    ["a telephone that may only call", { atLeast: 1, notCount: ["text"] }, true, ["mobilePhone"], true],
    ["two of one sort are one", { atLeast: 2, notCount: [] }, true, ["fido2", "passKeyDeviceBound"], false],
    ["the service's words in any case", { atLeast: 1, notCount: ["text"] }, true, ["MICROSOFTAUTHENTICATORPUSH"], true],
  ];
  test.each(cases)("%s", (_name, counted, capable, registered, want) => {
    expect(readyBy(counted)(capable, methodBits(registered))).toBe(want);
  });

  test("a method more makes nobody unready, and one left out of the count nobody ready", () => {
    const words = fc.subarray(["app", "code", "call", "text", "passkey", "hello", "token"] as const);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        words,
        words,
        fc.nat(1023),
        fc.constantFrom(...Object.values(METHOD_BITS)),
        (atLeast, out, more, bits, bit) => {
          const ready = readyBy({ atLeast, notCount: out });
          if (ready(true, bits)) expect(ready(true, bits | bit)).toBe(true);
          if (!ready(true, bits)) expect(readyBy({ atLeast, notCount: [...out, ...more] })(true, bits)).toBe(false);
          expect(ready(false, bits)).toBe(false);
        },
      ),
    );
  });
});

test("a method that is new to us is no bit", () => {
  expect(methodBits(["quantumKey", "securityQuestion", "qrCodePin"])).toBe(0);
});
