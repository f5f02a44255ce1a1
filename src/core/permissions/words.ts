/** What is said where a request was refused for want of a right. */

import { rightsFor, routeOf } from "./routes.ts";

/** Refusals of another sort: a licence, or a role that a permission does not stand in for. */
const ANOTHER_MATTER = /premium|UnsupportedUserRole/i;

const inWords = (names: string): string => names.replaceAll("+", " and ");

const takes = (method: string, target: string): string | undefined => {
  const route = routeOf(method, target);
  if (route === undefined) return undefined;
  const { application, delegated } = rightsFor(route);
  const [[byItself], [inOnesName]] = [application, delegated];
  if (byItself !== undefined && inOnesName !== undefined && byItself !== inOnesName)
    return `${inWords(byItself)} of an application, ${inWords(inOnesName)} of whoever signs in`;
  const names = byItself ?? inOnesName;
  return names === undefined ? undefined : inWords(names);
};

/**
 * @param target path and query with the version in front
 * @returns what the service said, and behind it `; it takes Policy.Read.All` where that can be told
 */
export const withRights = (said: string, status: number, code: string, method: string, target: string): string => {
  const right = status !== 403 || ANOTHER_MATTER.test(`${code} ${said}`) ? undefined : takes(method, target);
  return right === undefined ? said : `${said.replace(/\.$/, "")}; it takes ${right}`;
};
