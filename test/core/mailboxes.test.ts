/** Every mailbox of a tenant in a byte and two ids. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Mailbox, Mailboxes, type MailboxState } from "../../src/core/mailboxes.ts";
import { MAILBOX_FLAGS, type MailboxFields } from "../../src/core/tenant.ts";
import { id } from "./county.ts";
import { OFF, ON } from "./mail-world.ts";

/** Making lists of hundreds small again, one mailbox at a time, would take minutes. */
const RUNS = { numRuns: process.env["SOAK"] === undefined ? 20 : 2_000, endOnFailure: true };

const states: fc.Arbitrary<MailboxState> = fc.record({
  pop3: fc.boolean(),
  imap: fc.boolean(),
  activeSync: fc.boolean(),
  smtpAuth: fc.constantFrom("inherit", "on", "off"),
});
const boxes: fc.Arbitrary<readonly Mailbox[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), states), { maxLength: 600, size: "max" })
  .map((all) => [...new Map(all.map((each) => [each[0], each])).values()])
  .map((all) => [...new Map(all.map((each) => [each[1], each])).values()])
  .map((all) => all.map(([mailbox, owner, state]) => ({ id: id(mailbox), owner: id(owner), state })));

test("all twenty-four states come back as they went in", () => {
  const all = (["inherit", "on", "off"] as const).flatMap((smtpAuth) =>
    Array.from({ length: 8 }, (_, bits): MailboxState => ({ pop3: (bits & 1) > 0, imap: (bits & 2) > 0, activeSync: (bits & 4) > 0, smtpAuth })),
  );
  const packed = Mailboxes.of(all.map((state, place) => ({ id: id(0x100 + place), owner: id(0x200 + place), state })));
  expect(all.map((_, place) => packed.get(id(0x100 + place)))).toEqual(all);
  expect(new Set(all.map((state) => JSON.stringify(state))).size).toBe(24);
});

test("past the size that it starts with nothing is forgotten", () => {
  const all = Array.from({ length: 1_000 }, (_, place): Mailbox => ({ id: id(place), owner: id(0x10000 + place), state: place % 2 === 0 ? ON : OFF }));
  expect([...Mailboxes.of(all)]).toEqual(all);
});

test("whatever was listed is there, in that order, and found from both ends", () => {
  let most = 0;
  fc.assert(
    fc.property(boxes, (listed) => {
      const packed = Mailboxes.of(listed);
      most = Math.max(most, listed.length);
      expect(packed.size).toBe(listed.length);
      expect([...packed]).toEqual(listed);
      expect(listed.map((each) => packed.get(each.id))).toEqual(listed.map(({ state }) => state));
      expect(listed.map(({ owner }) => packed.ofOwner(owner))).toEqual(listed);
      expect(listed.map((each) => packed.ownerOf(each.id))).toEqual(listed.map(({ owner }) => owner));
    }),
    RUNS,
  );
  // Past the size that it starts with.
  expect(most).toBeGreaterThan(256);
});

test("some of them changed, field by field; the rest and the first stay as they are", () => {
  const fields: fc.Arbitrary<MailboxFields> = fc.oneof(
    states,
    states.map(({ pop3 }) => ({ pop3 })),
    states.map(({ smtpAuth }) => ({ smtpAuth })),
  );
  let changed = 0;
  fc.assert(
    fc.property(boxes, fc.array(fields, { maxLength: 20 }), (listed, after) => {
      const packed = Mailboxes.of(listed);
      const changes = new Map(after.flatMap((each, place) => (listed[place] === undefined ? [] : [[listed[place].id, each] as const])));
      const now = packed.with(changes);
      changed += changes.size;
      expect([...packed]).toEqual(listed);
      expect([...now]).toEqual(listed.map((each) => ({ ...each, state: { ...each.state, ...changes.get(each.id) } })));
    }),
    RUNS,
  );
  expect(changed).toBeGreaterThan(RUNS.numRuns);
});

describe("what cannot be believed", () => {
  const one = { id: id(1), owner: id(2), state: ON };
  test.each<readonly [string, Mailbox, RegExp]>([
    ["a mailbox twice", { ...one, owner: id(3) }, /mailbox .*0001 is listed twice/],
    ["the same mailbox, in capitals", { ...one, id: id(0xabc).toUpperCase(), owner: id(3) }, /listed twice/],
    ["two mailboxes of an account", { ...one, id: id(3) }, /account .*0002 has two mailboxes/],
  ])("%s", (_, other, want) => {
    const first = other.id === id(0xabc).toUpperCase() ? { ...one, id: id(0xabc) } : one;
    expect(() => Mailboxes.of([first, other])).toThrow(want);
  });

  test("nobody's", () => {
    const packed = Mailboxes.of([one]);
    expect([packed.get(id(2)), packed.ofOwner(id(1)), packed.ownerOf(id(2)), packed.get(id(9))]).toEqual([undefined, undefined, undefined, undefined]);
    expect([...packed.with([[id(9), OFF]])]).toEqual([one]);
  });
});

test("half a million are counted in tens of bytes each, and found at once", () => {
  const COUNT = 500_000;
  const before = process.memoryUsage().arrayBuffers;
  const packed = new Mailboxes();
  for (let place = 0; place < COUNT; place += 1) packed.add(id(place), id(0x10000000 + place), place % 3 === 0 ? OFF : ON);
  const taken = process.memoryUsage().arrayBuffers - before;
  expect(packed.size).toBe(COUNT);
  expect(packed.ofOwner(id(0x10000000 + 499_998))).toEqual({ id: id(499_998), owner: id(0x10000000 + 499_998), state: OFF });
  // Two ids and their hashes: whatever grew on the way may not have been collected yet.
  expect(taken).toBeLessThan(COUNT * 200);
  expect(MAILBOX_FLAGS.length).toBeLessThanOrEqual(6);
});
