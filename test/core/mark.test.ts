import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markOf, markText, nameWithMark, nameWithoutMark } from "../../src/core/mark.ts";

const HEADS = { plan: "county-2018", key: "heads" };

describe("marks", () => {
  const cases: readonly { name: string; description?: string; title?: string; want: { plan: string; key: string } | undefined }[] = [
    { name: "description", description: "entra-rollout:county-2018/heads. Made and kept by entra-rollout", want: HEADS },
    { name: "description that is the mark alone", description: "entra-rollout:county-2018/heads", want: HEADS },
    { name: "progress", description: "entra-rollout:county-2018/progress begun=a,b held=", want: { plan: "county-2018", key: "progress" } },
    { name: "name", title: "MFA: heads [county-2018/mfa-heads]", want: { plan: "county-2018", key: "mfa-heads" } },
    { name: "name, description lost", description: "", title: "MFA: heads [county-2018/mfa-heads]", want: { plan: "county-2018", key: "mfa-heads" } },
    { name: "description counts before the name", description: "entra-rollout:county-2018/heads.", title: "x [other/thing]", want: HEADS },
    { name: "a name with brackets of its own", title: "Block [legacy] (all) [trust/mfa-all]", want: { plan: "trust", key: "mfa-all" } },
    { name: "key of letters that are not English", description: "entra-rollout:schule/schüler-1. x", want: { plan: "schule", key: "schüler-1" } },
    { name: "none", description: "Heads of schools", title: "Heads", want: undefined },
    { name: "not at the start", description: "was entra-rollout:county-2018/heads", want: undefined },
    { name: "without a key", description: "entra-rollout:county-2018/", want: undefined },
    { name: "without a plan", description: "entra-rollout:/heads", want: undefined },
    { name: "key that goes on", description: "entra-rollout:county-2018/heads/more", want: undefined },
    { name: "name that goes on", title: "x [county-2018/heads] - Copy", want: undefined },
    { name: "brackets without a slash", title: "Block [legacy]", want: undefined },
    { name: "brackets with an address range", title: "Office [192.0.2.0/24 old]", want: undefined },
    { name: "nothing", want: undefined },
  ];
  test.each(cases)("$name", ({ description, title, want }) => {
    expect(markOf(description, title)).toEqual(want);
  });

  const slug = fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+){0,2}$/);
  test("what is written is read", () => {
    fc.assert(
      fc.property(slug, slug, fc.string({ maxLength: 60 }), (plan, key, name) => {
        const mark = { plan, key };
        expect(markOf(`${markText(mark)}. ${name}`, undefined)).toEqual(mark);
        expect(markOf(undefined, nameWithMark(name, mark))).toEqual(mark);
        expect(nameWithoutMark(nameWithMark(name, mark))).toBe(name);
      }),
    );
  });

  test("a name without a mark stays as it is", () => {
    expect(nameWithoutMark("Block [legacy]")).toBe("Block [legacy]");
  });
});
