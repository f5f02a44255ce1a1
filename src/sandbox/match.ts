/** Which route a request is for. */

import type { Route } from "./context.ts";

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
        const [, collection, alternate, key] = /^([A-Za-z][A-Za-z0-9]*)\((?:([A-Za-z]+)=)?'((?:[^']|'')+)'\)$/.exec(segment) ?? [];
        if (collection === undefined || key === undefined) return [segment.replace(CAST, "microsoft.graph.")];
        return [collection, alternate === undefined ? key.replaceAll("''", "'") : `${alternate}='${key}'`];
      });
  } catch {
    return undefined;
  }
};

const V1: readonly string[] = ["v1.0"];

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

/** @param lower the segments in lower case */
const fits = (prepared: Prepared, segments: readonly string[], lower: readonly string[]): boolean =>
  prepared.segments.every((segment, index) => (isPlace(segment) ? takes(segment, segments[index] ?? "") : segment === lower[index]));

/** Those of a method and of as many segments stand together. */
const shelfOf = (method: string, segments: readonly string[]): string => `${method} ${segments.length}`;

/** @returns a function from method, version and segments to the route; where several fit, the one with a fixed segment first wins */
export const matcherOf = (routes: readonly Route[]): ((method: string, version: "v1.0" | "beta", segments: readonly string[]) => Match | undefined) => {
  const shelves = new Map<string, Prepared[]>();
  for (const route of routes) {
    const segments = route.path
      .split("/")
      .filter((segment) => segment !== "")
      .map((segment) => (isPlace(segment) ? segment : segment.toLowerCase()));
    const prepared = { route, segments, fixed: segments.map((segment) => (isPlace(segment) ? "1" : "0")).join("") };
    const shelf = shelfOf(route.method, segments);
    shelves.set(shelf, [...(shelves.get(shelf) ?? []), prepared]);
  }
  for (const list of shelves.values()) list.sort((left, right) => (left.fixed < right.fixed ? -1 : Number(left.fixed > right.fixed)));
  return (method, version, segments) => {
    const lower = segments.map((segment) => segment.toLowerCase());
    const found = shelves
      .get(shelfOf(method, segments))
      ?.find((candidate) => (candidate.route.versions ?? V1).includes(version) && fits(candidate, segments, lower));
    if (found === undefined) return undefined;
    const parameters = new Map<string, string>();
    for (const [index, segment] of found.segments.entries()) {
      if (isPlace(segment)) parameters.set(nameIn(segment), segments[index] ?? "");
    }
    return { route: found.route, parameters };
  };
};
