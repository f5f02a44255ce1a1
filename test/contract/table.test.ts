import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { currentTable, hasSources, TABLE } from "../../scripts/contract.js";
import { readMetadata } from "../../scripts/metadata.js";

describe("the table", () => {
  // The metadata itself is not part of the project: it lies beside it, where the project is worked on.
  test.skipIf(!hasSources())("is what scripts/contract.js makes of the metadata today (needs ../shared/graph)", () => {
    const [kept, current] = [readFileSync(TABLE, "utf8").split("\n"), currentTable().split("\n")];
    const since = current.filter((line) => !kept.includes(line));
    expect(since, "node scripts/contract.js brings it up to date").toEqual([]);
    expect(kept).toEqual(current);
  });

  test("keeps to facts: no sentence of the metadata is in it", () => {
    const texts = [...readFileSync(TABLE, "utf8").matchAll(/"([^"\\]*)"/g)].map((match) => match[1] ?? "");
    expect(texts.length).toBeGreaterThan(1_000);
    expect(texts.filter((text) => text.split(" ").length > 4)).toEqual([]);
  });
});

const schema = (...lines: readonly string[]): string => ['<Schema Namespace="microsoft.graph">', ...lines, "</Schema>"].join("\n");

describe("the reader of the metadata", () => {
  test("types, lists, null and what lies within", () => {
    const { types } = readMetadata(
      schema(
        '<EntityType Name="group" BaseType="graph.directoryObject" OpenType="true">',
        '<Property Name="mail" Type="Edm.String" />',
        '<Property Name="groupTypes" Type="Collection(Edm.String)" Nullable="false" />',
        '<NavigationProperty Name="members" Type="Collection(graph.directoryObject)" />',
        "</EntityType>",
      ),
    );
    expect(types.get("group")).toEqual({
      base: "directoryObject",
      isAbstract: false,
      isOpen: true,
      properties: new Map([
        ["mail", "String?"],
        ["groupTypes", "[String]"],
      ]),
      navigation: new Map([["members", { type: "[directoryObject]", within: false }]]),
    });
  });

  test("words of an enum stand in the order of their numbers", () => {
    const { enums } = readMetadata(
      schema('<EnumType Name="x" IsFlags="true">', '<Member Name="b" Value="2" />', '<Member Name="a" Value="1" />', "</EnumType>"),
    );
    expect(enums.get("x")).toEqual({ isFlags: true, values: ["a", "b"] });
  });

  const refused: readonly (readonly [name: string, text: string, want: RegExp])[] = [
    ["two elements in a line", schema('<EnumType Name="x"></EnumType>'), /line 2 is not one element/],
    ["an element over two lines", schema("<EnumType", 'Name="x">', "</EnumType>"), /line 2 is not one element/],
    ["text", schema("some text"), /line 2 is not one element/],
    ["an element that nobody knows", schema('<TypeDefinition Name="x" UnderlyingType="Edm.String" />'), /nobody knows what a TypeDefinition says/],
    ["what is never closed", '<Schema Namespace="microsoft.graph">', /Schema is never closed/],
    ["what was never opened", `${schema()}\n</Schema>`, /closes Schema, but nothing is open/],
    ["a property without a type", schema('<ComplexType Name="x">', '<Property Name="y" />', "</ComplexType>"), /a Property without Type/],
  ];
  test.each(refused)("%s is refused", (_, text, want) => {
    expect(() => readMetadata(text)).toThrow(want);
  });
});
