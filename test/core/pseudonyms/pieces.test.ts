/** Pseudonyms piece by piece: addresses, patterns, texts, ranges, ids. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slugOf } from "../../../src/core/plan/names.ts";
import { readRange } from "../../../src/core/plan/networks.ts";
import { globMatches, patternMatches } from "../../../src/core/plan/patterns.ts";
import { addressesBy } from "../../../src/core/pseudonyms/addresses.ts";
import { globWith, textThrough } from "../../../src/core/pseudonyms/globs.ts";
import { guidFrom, keyedBy } from "../../../src/core/pseudonyms/keyed.ts";
import { rangesBy } from "../../../src/core/pseudonyms/ranges.ts";
import { textsBy } from "../../../src/core/pseudonyms/texts.ts";
import { isPublicId, isRole } from "../../../src/core/pseudonyms/vocabulary.ts";
import "../../seed.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 200 : 5_000 };
const keyed = keyedBy(new Uint8Array(32).fill(7));
/** Under 80: an address of somebody's, as tenants have them, which no file of this project may name. */
const v4 = (rest: string): string => `80.${rest}`;
const v6 = (rest: string): string => `2a00:${rest}`;
/** An end that is not reserved. */
const COM = "com";
const NONE = { accounts: [], domains: [] };

test("the digest is HMAC-SHA-256: the same made by hand", async () => {
  const { createHmac } = await import("node:crypto");
  const wanted = createHmac("sha256", Buffer.alloc(32, 7)).update("word\0alder").digest("hex");
  expect(Buffer.from(keyed("word", "alder")).toString("hex")).toBe(wanted);
  expect(keyed("word", "alder")).not.toEqual(keyedBy(new Uint8Array(32).fill(8))("word", "alder"));
});

test("ids look like random ones (RFC 9562)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(guidFrom(bytes)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
    RUNS,
  );
});

describe("what is public", () => {
  test.each([
    ["head", true],
    ["Office", true],
    ["emergency-1", true],
    ["svc.print", true],
    ["scanner12", true],
    ["pupil0001", false],
    ["pupil-12345", false],
    ["admin.orla", false],
    ["12", false],
    ["ada", false],
    ["", false],
  ])("%s before the @: %s", (local, wanted) => expect(isRole(local)).toBe(wanted));
  test.each([
    ["00000003-0000-0ff1-ce00-000000000000", true],
    ["00000002-0000-0000-c000-000000000000", true],
    ["c44b4083-3bb0-49c1-b47d-974e53cbdf3c", true],
    ["6c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11", false],
  ])("the id %s: %s", (id, wanted) => expect(isPublicId(id)).toBe(wanted));
});

describe("addresses", () => {
  const { address, domain, pattern, domainPattern, outOfStep } = addressesBy(keyed, {
    accounts: ["head@*.county.example", "svc-*@*", "admin.*@*", "admin*@*", "*@*.county.example", "t?st@*", "*#ext#@*"],
    domains: ["*.county.example", "school-*.example"],
  });

  test.each([
    ["head@alder.county.example", /^head@[a-z]{10}\.[a-z]{10}\.example$/],
    ["HEAD@Alder.county.example", /^HEAD@[a-z]{10}\.[a-z]{10}\.example$/],
    ["ada.north@alder.county.example", /^[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.[a-z]{10}\.example$/],
    ["svc-backup@county.example", /^svc-backup@[a-z]{10}\.example$/],
    ["svc-ledger@county.example", /^svc-[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.example$/],
    ["admin.orla@county.example", /^admin\.[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.example$/],
    [`ada@contoso.${COM}`, /^[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.[a-z]{10}\.example$/],
    [`ada@${["contoso", "onmicrosoft", COM].join(".")}`, /^[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.onmicrosoft\.[a-z]{10}\.example$/],
    ["ada_partner.example#EXT#@county.example", /^[a-z]{10}[0-9a-f]{6}_[a-z]{10}\.example#EXT#@[a-z]{10}\.example$/],
  ])("%s", (written, wanted) => {
    expect(address(written)).toMatch(wanted);
    expect(outOfStep(written, address(written))).toBeUndefined();
  });

  test("what a longer pattern spells out is not cut by a shorter one", () => {
    const two = addressesBy(keyed, { accounts: ["head*@*", "headteacher*@*"], domains: [] });
    for (const each of ["head@a.example", "headteacher@a.example", "headteacherx@a.example", "header@a.example"])
      expect(two.outOfStep(each, two.address(each))).toBeUndefined();
  });

  test("domains keep their shape", () => {
    expect(domain("birch.county.example").split(".").slice(1).join(".")).toBe(domain("county.example"));
    expect(domain("contoso.com")).not.toBe(domain("contoso.org"));
    expect(domainPattern("*.county.example")).toBe(`*.${domain("county.example")}`);
    expect(globMatches(domainPattern("school-*.example"), domain("school-north.example"))).toBe(true);
    expect(globMatches(domainPattern("school-*.example"), domain("college-north.example"))).toBe(false);
  });

  test.each(["head@*", "*@*", "svc-*@*.county.example", "t?st@*"])("%s stays a pattern", (written) => {
    const signs = (text: string): string => text.replaceAll(/[^*?@]/g, "");
    expect(signs(pattern(written))).toBe(signs(written));
  });

  test("an account that would get into step or out of it is told", () => {
    const two = addressesBy(keyed, { accounts: ["h*@*", "head*@*"], domains: [] });
    const all = ["head@a.example", "headteacher@a.example", "hope@a.example"];
    expect(all.some((each) => two.outOfStep(each, two.address(each)) !== undefined)).toBe(true);
    expect(addressesBy(keyed, { accounts: ["head@*"], domains: [] }).outOfStep("head@a.example", "other@b.example")).toBe("head@*");
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/);
  const globs = fc.array(fc.tuple(fc.constantFrom("*", "?", "svc-", "ad", "x", ".", "head"), fc.constantFrom("*", "?", "a", "")), {
    minLength: 1,
    maxLength: 3,
  });

  test("one pattern alone is kept in step for every address, and nobody meets who did not", () => {
    fc.assert(
      fc.property(globs, name, fc.constantFrom("county.example", "alder.county.example", "contoso.com"), (parts, local, home) => {
        const wanted = `${parts.flat().join("")}@*`;
        const one = addressesBy(keyed, { accounts: [wanted], domains: [] });
        const [original, made] = [`${local}@${home}`, one.address(`${local}@${home}`)];
        if (patternMatches(wanted, original)) expect(patternMatches(one.pattern(wanted), made.toLowerCase()), `${wanted} ${original} ${made}`).toBe(true);
        expect(one.outOfStep(original, made) === undefined).toBe(patternMatches(wanted, original) === patternMatches(one.pattern(wanted), made.toLowerCase()));
      }),
      RUNS,
    );
  });

  test("two addresses stay two, and one stays one whatever its case", () => {
    const made = addressesBy(keyed, NONE);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(made.address(`${a}@x.example`) === made.address(`${b}@x.example`)).toBe(a === b);
        expect(made.address(`${a.toUpperCase()}@X.example`).toLowerCase()).toBe(made.address(`${a}@x.example`).toLowerCase());
      }),
      RUNS,
    );
  });
});

describe("through a pattern", () => {
  const shout = (text: string): string => `<${text}>`;
  test.each([
    ["svc-*", "svc-print", "<svc-><print>"],
    ["*-svc", "a-b-svc", "<a-b><-svc>"],
    ["a*b*c", "aXbYbc", "<a><X><b><Yb><c>"],
    ["a?c*", "abcd", "<a>[b]<c><d>"],
    ["*", "all", "<all>"],
    ["a**b", "ab", "<a><b>"],
    ["x*", "ab", undefined],
  ])("%s, %s", (glob, text, wanted) => expect(textThrough(glob, text, shout, (letter) => `[${letter}]`)).toBe(wanted));

  test("what goes through a pattern, piece for piece, is met by the pattern's own pseudonym", () => {
    const piece = (text: string): string => `q${[...text].map((letter) => letter.charCodeAt(0).toString(36)).join("")}z`;
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*?]{1,8}$/), fc.stringMatching(/^[ab]{0,8}$/), (glob, text) => {
        const made = textThrough(glob, text, piece, (letter) => letter);
        expect(made === undefined).toBe(!globMatches(glob, text));
        if (made !== undefined) expect(globMatches(globWith(glob, piece), made)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe("texts", () => {
  const texts = textsBy(keyed, new Map([["department", ["staff*", "it"]]]), { ...addressesBy(keyed, NONE), guid: (id) => `guid of ${id}` });

  test("what a plan calls things stays where it says nothing, and what others wrote does not", () => {
    expect(texts.text("MFA: heads, outside Alder")).toMatch(/^MFA: heads, outside [A-Z][a-z]{7}$/);
    expect(texts.foreign("MFA for Alder, 2 rooms")).toMatch(/^[A-Z][a-z]{7} [a-z]{8} [A-Z][a-z]{7}, 2 [a-z]{8}$/);
    expect(texts.foreign("École")).toBe(texts.foreign("Ecole"));
  });

  test("what is made of parts is made of their pseudonyms, keys too", () => {
    const part = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ]{0,10}[a-z]$/);
    fc.assert(
      fc.property(part, part, (a, b) => {
        expect(texts.text(`${a}, ${b}`)).toBe(`${texts.text(a)}, ${texts.text(b)}`);
        expect(slugOf(texts.text(a))).toBe(texts.text(slugOf(a)));
      }),
      RUNS,
    );
  });

  test("conditions of a plan hold for whom they held", () => {
    for (const value of ["Staff", "Staffroom", "staff of the north", "IT", "Pupils", ""]) {
      const made = texts.attribute("department", value);
      expect(texts.outOfStep("department", value, made), value).toBeUndefined();
      expect(globMatches(texts.attributePattern("staff*").toLowerCase(), made.toLowerCase())).toBe(/^staff/i.test(value));
    }
    expect(texts.outOfStep("department", "Staffroom", "other")).toBe("staff*");
  });

  test.each([
    ['(user.department -eq "Teaching") and (user.accountEnabled -eq true)', /^\(user\.department -eq "[A-Z][a-z]{7}"\) and \(user\.accountEnabled -eq true\)$/],
    ['user.userType -eq "Member"', /^user\.userType -eq "Member"$/],
    ["group.objectId -in ['6c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11']", /^group\.objectId -in \['guid of 6c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11'\]$/],
    ['user.mail -endsWith "@alder.example"', /^user\.mail -endsWith "@[a-z]{10}\.example"$/],
    ['CustomSecurityAttribute.Alder_Wing -eq "North"', /^CustomSecurityAttribute\.[A-Z][a-z]{7}_[A-Z][a-z]{7} -eq "[A-Z][a-z]{7}"$/],
    ['device.trustType -eq "AzureAD"', /^device\.trustType -eq "AzureAD"$/],
  ])("the rule %s", (rule, wanted) => expect(texts.rule(rule)).toMatch(wanted));

  test("a text that may not be so long ends with a whole word", () => {
    expect(texts.within("one two three", 9)).toBe("one two");
    expect(texts.within("one two", 7)).toBe("one two");
  });
});

describe("ranges", () => {
  const bits = (cidr: string): string => cidr.slice(cidr.indexOf("/"));
  const inside = (outer: string, inner: string): boolean => {
    const [a, b] = [outer, inner].map((cidr) => {
      const [address = "", length = "0"] = cidr.split("/");
      const value = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
      return { value, length: Number(length) };
    });
    if (a === undefined || b === undefined || a.length > b.length) return false;
    return Math.floor(a.value / 2 ** (32 - a.length)) === Math.floor(b.value / 2 ** (32 - a.length));
  };

  const cidr = fc.tuple(fc.integer({ min: 16, max: 95 }), fc.nat(255), fc.nat(3), fc.nat(255), fc.integer({ min: 9, max: 32 })).map(([a, b, c, d, length]) => {
    const value = ((a * 256 + b) * 256 + c) * 256 + d;
    const cut = Math.floor(value / 2 ** (32 - length)) * 2 ** (32 - length);
    return `${Math.floor(cut / 2 ** 24)}.${Math.floor(cut / 2 ** 16) % 256}.${Math.floor(cut / 256) % 256}.${cut % 256}/${length}`;
  });

  test("lengths stay, what lay inside another lies inside it, and nothing else does", () => {
    fc.assert(
      fc.property(fc.uniqueArray(cidr, { minLength: 1, maxLength: 12 }), (cidrs) => {
        const range = rangesBy(keyed, cidrs);
        const made = cidrs.map((each) => range(each) ?? "");
        made.forEach((each, at) => {
          expect(bits(each)).toBe(bits(cidrs[at] ?? ""));
          expect(readRange(each)).toEqual({ type: "range", cidr: each });
          for (const [other, at2] of made.map((text, place) => [text, place] as const))
            expect(inside(each, other)).toBe(inside(cidrs[at] ?? "", cidrs[at2] ?? ""));
          // No pseudonym lies where one of the originals does.
          expect(cidrs.some((original) => inside(original, each) || inside(each, original))).toBe(false);
        });
      }),
      RUNS,
    );
  });

  test.each([
    [v4("1.2.0/24"), /^(?:192\.0\.2\.0|198\.51\.100\.0|203\.0\.113\.0|198\.1[89]\.\d+\.0)\/24$/],
    [v4("0.0.0/12"), /^(?:6[4-9]|[78]\d|9[0-5])\.\d+\.0\.0\/12$/],
    ["10.1.2.0/24", /^10\.\d+\.\d+\.0\/24$/],
    ["10.0.0.0/8", /^10\.0\.0\.0\/8$/],
    [v6("1450:4000::/48"), /^2001:db8:[0-9a-f]+::\/48$/],
    [v6("1450::/32"), /^(?:2001:db8|3fff:[0-9a-f]+)::\/32$/],
    [v6(":/12"), /^3[0-7][0-9a-f]0::\/12$/],
  ])("%s", (original, wanted) => expect(rangesBy(keyed, [original])(original)).toMatch(wanted));

  test("a small range finds its place behind wide ones", () => {
    const cidrs = [`85.${"110.0.0/22"}`, `74.${"128.0.0/9"}`, `16.${"0.0.0/15"}`];
    const range = rangesBy(keyed, cidrs);
    expect(cidrs.map((each) => bits(range(each) ?? ""))).toEqual(["/22", "/9", "/15"]);
    const [narrow = "", ...wide] = cidrs.map((each) => range(each) ?? "");
    expect(wide.some((each) => inside(each, narrow))).toBe(false);
  });

  test("the same range has the same place whatever stands beside it, unless another took it", () => {
    const alone = rangesBy(keyed, [v4("1.2.0/24")])(v4("1.2.0/24"));
    expect(rangesBy(keyed, [v4("1.2.0/24"), v4("2.0.0/16"), v6("1450:4000::/48")])(v4("1.2.0/24"))).toBe(alone);
  });

  test("what was not there when places were given out has none, nor has what is no range", () => {
    const range = rangesBy(keyed, [v4("1.2.0/24"), "not a range"]);
    expect(range(v4("1.2.128/25"))).toMatch(/\/25$/);
    expect([range(v4("1.3.0/24")), range("not a range"), range(v4("1.2.0"))]).toEqual([undefined, undefined, undefined]);
  });
});
