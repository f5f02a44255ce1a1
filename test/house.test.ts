import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { projectFiles, ROOT } from "../scripts/copy.js";
import { VERSION } from "../src/version.ts";

const read = (name: string): string => readFileSync(ROOT + name, "utf8");
const files = projectFiles().map((name) => ({ name, text: read(name) }));
const code = files.filter(({ name }) => /\.(ts|js|json|yaml|csv|md)$/.test(name) && name !== "package-lock.json");

/** Every line that the pattern finds, as file:line: what. */
const found = (
  among: readonly { readonly name: string; readonly text: string }[],
  pattern: RegExp,
  fine: (match: string) => boolean = () => false,
): readonly string[] =>
  among.flatMap(({ name, text }) =>
    text.split("\n").flatMap((line, number) =>
      [...line.matchAll(pattern)]
        .map(([match]) => match)
        .filter((match) => !fine(match))
        .map((match) => `${name}:${number + 1}: ${match}`),
    ),
  );

const PackageJson = z.object({
  version: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()),
});
const packageJson = PackageJson.parse(JSON.parse(read("package.json")));

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(50);
});

describe("versions", () => {
  test("the tool tells the version of package.json", () => {
    expect(VERSION).toBe(packageJson.version);
  });

  test("every library is pinned to one version", () => {
    const loose = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  test("every library runs on the oldest Node that we promise", () => {
    expect(packageJson.engines.node).toBe(">=20.19.0");
    const lock = z
      .object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), engines: z.unknown().optional() })) })
      .parse(JSON.parse(read("package-lock.json")));
    const needed = Object.entries(lock.packages).flatMap(([name, { engines }]) => {
      const node = z.object({ node: z.string() }).safeParse(engines);
      return node.success ? [{ name, range: node.data.node }] : [];
    });
    expect(needed.length).toBeGreaterThan(10);
    // A range holds 20.19 when one of its alternatives begins at or below it and does not end before it.
    const runs = (range: string): boolean =>
      range.split("||").some((alternative) => {
        const [operator = "", major = "0", minor = "0"] = /(\^|>=|~|>|)\s*v?(\d+)(?:\.(\d+))?/.exec(alternative.trim())?.slice(1) ?? [];
        const starts = Number(major) < 20 || (Number(major) === 20 && Number(minor || 0) <= 19);
        return range.trim() === "*" || (starts && (operator.startsWith(">") || Number(major) === 20));
      });
    expect(needed.filter(({ range }) => !runs(range))).toEqual([]);
  });

  test("the lock names versions and their hashes, and no address to fetch them from", () => {
    const lock = read("package-lock.json");
    expect(lock).toContain('"integrity"');
    expect(found([{ name: "package-lock.json", text: lock }], /"resolved".*|https?:\/\/[^"]*\.tgz/g)).toEqual([]);
    expect(read(".npmrc")).toContain("omit-lockfile-registry-resolved=true");
  });

  // Where a registry does not have all of them, npm leaves them out of the lock without a word, and then `npm ci` refuses it.
  test("the lock holds the libraries of every platform, not only of the one on which it was made", () => {
    const Entry = z.object({ integrity: z.string().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() });
    const { packages } = z.object({ packages: z.record(z.string(), Entry) }).parse(JSON.parse(read("package-lock.json")));
    const names = Object.keys(packages);
    const optional = names.flatMap((name) => Object.keys(packages[name]?.optionalDependencies ?? {}));
    expect(optional.length).toBeGreaterThan(20);
    expect(optional.filter((name) => !names.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
    expect(names.filter((name) => name !== "" && packages[name]?.integrity === undefined)).toEqual([]);
  });
});

describe("every file", () => {
  test("ends its lines as git keeps them, and its last one too", () => {
    const wrong = files.filter(
      ({ name, text }) => !/\.(png|ico)$/.test(name) && text !== "" && (text.includes("\r\n") || text.startsWith("\uFEFF") || !text.endsWith("\n")),
    );
    // Files that are wrong on purpose are test data, and a CSV is kept as it is written, with CR LF.
    expect(wrong.map(({ name }) => name).filter((name) => !name.startsWith("test/data/") && !/^test\/golden\/.*\.csv$/.test(name))).toEqual([]);
  });

  test("knows no machine and no registry", () => {
    expect(found(files, /(?<![\w.~:/})-])\/(work|root|home|tmp|Users|usr\/local)\/[\w.-]+/g)).toEqual([]);
    expect(found(code, /\bregistry\.[a-z]+\.[a-z]+|\bnpm\.[a-z]+\.[a-z]{2,}/gi)).toEqual([]);
  });

  test("has example domains only", () => {
    const fine = (address: string) => {
      const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
      return /(^|\.)(example|test|invalid|localhost)$/.test(domain) || /(^|\.)example\.(com|net|org)$/.test(domain) || /^(odata|data|microsoft)\./.test(domain);
    };
    expect(found(code, /[\w.+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}\b/gi, fine)).toEqual([]);
  });

  test("has documentation addresses only", () => {
    // 198.18.0.0/15 is for tests of networks (RFC 2544). Loopback is where practice tenants are served; private, reserved and far too wide ranges stand where plans that name them are refused.
    const fine =
      /^(192\.0\.2|198\.51\.100|198\.1[89]|203\.0\.113|127|0+|0?10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|22[4-9]|2[345]\d|\d+\.0\.0\.0)\b/;
    const addresses = found(
      code.filter(({ name }) => !name.endsWith(".md")),
      /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/g,
      (match) => fine.test(match),
    );
    expect(addresses).toEqual([]);
  });

  test("is finished", () => {
    const written = code.filter(({ name }) => /\.(ts|js)$/.test(name) && name !== "test/house.test.ts");
    expect(found(written, /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck|@ts-expect-error|biome-ignore|\bas unknown as\b/g)).toEqual([]);
  });
});

describe("the papers", () => {
  test("the licence is MIT, and its holders are named", () => {
    expect(packageJson.license).toBe("MIT");
    expect(read("LICENSE")).toContain("the entra-rollout authors");
  });

  test("every decision fits on a page and says what was decided, why, and what it costs", () => {
    const decisions = files.filter(({ name }) => /^docs\/decisions\/.+\.md$/.test(name));
    expect(decisions.length).toBeGreaterThan(5);
    for (const { name, text } of decisions) {
      expect(text.split("\n")[0], name).toMatch(/^# \S/);
      expect(text.split("\n").length, name).toBeLessThan(70);
      for (const part of ["## Decided", "## Why", "## What it costs"]) expect(text, name).toContain(part);
    }
  });

  test("every library that the tool brings along has its reason written down", () => {
    const reasons = read("docs/decisions/libraries.md");
    expect(Object.keys(packageJson.dependencies).filter((name) => !reasons.includes(name))).toEqual([]);
    expect(Object.keys(packageJson.devDependencies).filter((name) => !name.startsWith("@types/") && !reasons.includes(name.replace("@biomejs/", "")))).toEqual(
      [],
    );
  });

  test("every link from one paper to another leads somewhere", () => {
    const papers = files.filter(({ name }) => name.endsWith(".md") && !name.startsWith("test/"));
    const broken = papers.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
        .map((match) => new URL(match[1] ?? "", `file:///${name}`).pathname.slice(1))
        .filter((target) => !existsSync(ROOT + target))
        .map((target) => `${name} links to ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
