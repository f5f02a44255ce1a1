import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { domainKey, fileNamer } from "../../src/core/reports/split-names.ts";

/** As Windows takes a name: what stands before the first dot may be a device, and dots and spaces at the end do not count. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3])$/i;

const isSound = (name: string): boolean =>
  /^[a-z0-9_][a-z0-9._-]*\.csv$/.test(name) && !DEVICE.test((name.split(".", 1)[0] ?? "").trimEnd()) && !/[. ]$/.test(name) && Buffer.byteLength(name) <= 128;

describe("a domain's file", () => {
  const cases: readonly [domain: string, name: string | RegExp][] = [
    ["alder.county.example", "alder.county.example.csv"],
    ["Alder.County.Example", "alder.county.example.csv"],
    ["xn--mller-kva.example", "xn--mller-kva.example.csv"],
    ["", "no-domain.csv"],
    ["  ", "no-domain.csv"],
    ["con.example", /^domain-con\.example-[0-9a-f]{8}\.csv$/],
    ["NUL", /^domain-nul-[0-9a-f]{8}\.csv$/],
    ["com1.school.example", /^domain-com1\.school\.example-[0-9a-f]{8}\.csv$/],
    ["index", /^domain-index-[0-9a-f]{8}\.csv$/],
    ["no-domain", /^domain-no-domain-[0-9a-f]{8}\.csv$/],
    ["a/b", /^a-b-[0-9a-f]{8}\.csv$/],
    ["a\\b", /^a-b-[0-9a-f]{8}\.csv$/],
    ["..", /^domain--[0-9a-f]{8}\.csv$/],
    [".hidden", /^hidden-[0-9a-f]{8}\.csv$/],
    ["ends.with.", /^ends\.with-[0-9a-f]{8}\.csv$/],
    ["a:b", /^a-b-[0-9a-f]{8}\.csv$/],
    [`${"x".repeat(300)}.example`, /^x{100}-[0-9a-f]{8}\.csv$/],
    ["a-b-12345678", /^a-b-12345678-[0-9a-f]{8}\.csv$/],
  ];
  test.each(cases)("%j", (domain, want) => {
    const name = fileNamer()(domainKey(domain));
    if (typeof want === "string") expect(name).toBe(want);
    else expect(name).toMatch(want);
    expect(isSound(name)).toBe(true);
  });

  const anyDomain = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.domain(),
    fc
      .array(fc.constantFrom("con", "aux", "nul", "com1", ".", "/", " ", "a", "A", "-", "x".repeat(120), "index", "12345678"), { maxLength: 6 })
      .map((parts) => parts.join("")),
  );

  test("is sound on every system, one for each domain, whatever else is there and in whatever order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyDomain, { maxLength: 20, selector: domainKey }), (domains) => {
        const keys = domains.map(domainKey);
        const nameOf = fileNamer();
        const names = keys.map(nameOf);
        expect(names.filter((name) => !isSound(name))).toEqual([]);
        expect(new Set(names).size).toBe(keys.length);
        expect(keys.map(nameOf)).toEqual(names);
        const backwards = fileNamer();
        expect(keys.toReversed().map(backwards).toReversed()).toEqual(names);
        expect(keys.map((key) => fileNamer()(key))).toEqual(names);
      }),
    );
  });
});
