/** What stands in an answer, for somebody who listens in and may not make it dearer than it is. */

const texts = new WeakMap<Response, string>();

/** Answers that are made of a text are remembered with it: to copy one takes as long as to make it. */
export const rememberTexts = (): void => {
  const Real = globalThis.Response;
  globalThis.Response = class extends Real {
    constructor(body?: ConstructorParameters<typeof Response>[0], init?: ConstructorParameters<typeof Response>[1]) {
      super(body, init);
      if (typeof body === "string") texts.set(this, body);
    }

    // What others make is an answer as well.
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Real;
    }
  };
};

/** Call it at once: what was read already can no longer be copied. */
export const textOf = (response: Response): (() => Promise<string | undefined>) => {
  const known = texts.get(response);
  if (known !== undefined) return async () => known;
  if (response.body === null) return async () => "";
  const copy = response.clone();
  return () => copy.text().catch(() => undefined);
};

/** @returns undefined when it is no JSON */
export const jsonOf = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

const LONG = 30_000;
const LIST = '"value":[';

/**
 * A long list with few of its objects: the first ones, the last, and some between.
 *
 * It is cut where an object seems to begin. A cut in the wrong place gives what looks wrong, so whoever finds a fault in it reads the whole.
 * @returns undefined for what is not long, no list, or cannot be cut
 */
export const excerptOf = (text: string): unknown => {
  const start = text.indexOf(LIST) + LIST.length;
  const key = text.length < LONG || start < LIST.length ? undefined : /^\{("[^"]+":)/.exec(text.slice(start, start + 100))?.[1];
  if (key === undefined || !text.endsWith("]}")) return undefined;
  const border = `},{${key}`;
  const objects: string[] = [];
  const from = (at: number): number => {
    const next = text.indexOf(border, at);
    objects.push(text.slice(at, next < 0 ? text.length - 2 : next + 1));
    return next < 0 ? text.length : next + 2;
  };
  let at = from(start);
  for (let more = 0; more < 2 && at < text.length; more += 1) at = from(at);
  for (const part of [0.25, 0.5, 0.75]) {
    const next = text.indexOf(border, Math.floor(text.length * part));
    if (next >= 0) from(next + 2);
  }
  const last = text.lastIndexOf(border);
  if (last >= 0) from(last + 2);
  return jsonOf(`${text.slice(0, start)}${objects.join(",")}]}`)?.value;
};
