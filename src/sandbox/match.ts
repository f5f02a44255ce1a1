/** Which route a request is for. */

import type { Method, Route } from "./context.ts";

export type Match = { readonly route: Route; readonly parameters: ReadonlyMap<string, string> };

/** `graph` is the alias of the namespace (CSDL), and how the SDKs write casts; with an `@` it is somebody's address. */
const CAST = /^graph\.(?=[A-Za-z]+$)/i;

/**
 * Segments of a path below the version, decoded. `groups('x')` is the same as `groups/x`; an alternate key comes as it is
 * written: `directoryRoles(roleTemplateId='x')` is `directoryRoles` and `roleTemplateId='x'`.
 * Undefined when a segment cannot be decoded.
 */
export const segmentsOf = (path: string): readonly string[] | undefined => {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent)
      .flatMap((segment) => {
        const [, collection, alternate, key] = /^([A-Za-z]+)\((?:([A-Za-z]+)=)?'((?:[^']|'')+)'\)$/.exec(segment) ?? [];
        if (collection === undefined || key === undefined) return [segment.replace(CAST, "microsoft.graph.")];
        return [collection, alternate === undefined ? key.replaceAll("''", "'") : `${alternate}='${key}'`];
      });
  } catch {
    return undefined;
  }
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isPlace = (segment: string): boolean => segment.startsWith("{");

const ALTERNATE = /^[A-Za-z]+='.*'$/;

/**
 * `{id:guid}` takes object ids only, so that `/groups/delta` is no group but a route that is not there; alternate keys are
 * for `{id:key}` alone.
 */
const takes = (place: string, segment: string): boolean => {
  if (place.endsWith(":guid}")) return GUID.test(segment);
  return place.endsWith(":key}") || !ALTERNATE.test(segment);
};

const nameIn = (place: string): string => place.slice(1, -1).replace(/:(?:guid|key)$/, "");

type Prepared = { readonly route: Route; readonly segments: readonly string[]; readonly fixed: string };

const fits = (prepared: Prepared, segments: readonly string[]): boolean =>
  prepared.segments.length === segments.length &&
  prepared.segments.every((segment, index) => {
    const given = segments[index] ?? "";
    return isPlace(segment) ? takes(segment, given) : segment === given.toLowerCase();
  });

/** @returns a function from method, version and segments to the route; where several fit, the one with a fixed segment first wins */
export const matcherOf = (routes: readonly Route[]): ((method: string, version: "v1.0" | "beta", segments: readonly string[]) => Match | undefined) => {
  const byMethod = new Map<Method, Prepared[]>();
  for (const route of routes) {
    const segments = route.path
      .split("/")
      .filter((segment) => segment !== "")
      .map((segment) => (isPlace(segment) ? segment : segment.toLowerCase()));
    const prepared = { route, segments, fixed: segments.map((segment) => (isPlace(segment) ? "1" : "0")).join("") };
    byMethod.set(route.method, [...(byMethod.get(route.method) ?? []), prepared]);
  }
  for (const list of byMethod.values()) list.sort((left, right) => (left.fixed < right.fixed ? -1 : Number(left.fixed > right.fixed)));
  return (method, version, segments) => {
    const candidates = [...byMethod].find(([name]) => name === method)?.[1] ?? [];
    const found = candidates.find((candidate) => (candidate.route.versions ?? ["v1.0"]).includes(version) && fits(candidate, segments));
    if (found === undefined) return undefined;
    const parameters = new Map<string, string>();
    for (const [index, segment] of found.segments.entries()) {
      if (isPlace(segment)) parameters.set(nameIn(segment), segments[index] ?? "");
    }
    return { route: found.route, parameters };
  };
};
