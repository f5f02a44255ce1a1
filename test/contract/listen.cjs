// Loaded by NODE_OPTIONS into every process that a test starts: keeps its exchanges with Graph, as lines of JSON. A practice tenant in the
// process itself is met where it makes its answer, one that is served where the request leaves. Costs nothing until somebody talks to Graph.

const { AsyncLocalStorage } = require("node:async_hooks");
const { appendFileSync } = require("node:fs");

const file = process.env["CONTRACT_EXCHANGES"];
const ID = "client-request-id";

/** @typedef {{ method: string, url: string, headers: Record<string, string>, body: string }} Question */

/** @param {Question} question @param {number} status @param {Headers} headers @param {string | undefined} answer undefined: nobody can read it */
const keep = (question, status, headers, answer) => {
  if (file === undefined) return;
  const { authorization, ...rest } = question.headers;
  // That there was a token, and not which.
  const own = authorization === undefined ? rest : { ...rest, authorization: authorization.split(" ", 1)[0] };
  appendFileSync(file, `${JSON.stringify({ ...question, headers: own, status, answerHeaders: Object.fromEntries(headers), answer })}\n`);
};

/** @type {Map<string, Question>} */
const open = new Map();

/** Exchange does not give an id back: an answer belongs to the question that was asked last on the way to it. @type {AsyncLocalStorage<string>} */
const asking = new AsyncLocalStorage();
/** Stands on an answer that never arrives: src/sandbox/app.ts. */
const LOST = "x-practice-lost";

/**
 * Node makes these when they are first asked for, and puts what it made in the place of what made it; so does this.
 * @param {"Request" | "Response" | "fetch"} name @param {(real: any) => unknown} change
 */
const replace = (name, change) => {
  const place = Object.getOwnPropertyDescriptor(globalThis, name);
  /** @override @param {unknown} value */
  const put = (value) => Object.defineProperty(globalThis, name, { configurable: true, enumerable: place?.enumerable ?? false, writable: true, value });
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: place?.enumerable ?? false,
    get: () => {
      const changed = change(place?.get === undefined ? place?.value : place.get.call(globalThis));
      put(changed);
      return changed;
    },
    set: put,
  });
};

if (file !== undefined) {
  replace("Request", (/** @type {typeof Request} */ Real) => {
    return class extends Real {
      // What Node makes by itself is one as well.
      /** @override @param {unknown} value */
      static [Symbol.hasInstance](value) {
        return value instanceof Real;
      }

      /** @param {string | URL | Request} input @param {RequestInit} [init] */
      constructor(input, init) {
        super(input, init);
        const id = this.headers.get(ID);
        if (id !== null && (init?.body === undefined || init.body === null || typeof init.body === "string"))
          open.set(id, { method: this.method, url: this.url, headers: Object.fromEntries(this.headers), body: init?.body ?? "" });
        if (id !== null && new URL(this.url).pathname.startsWith("/adminapi/")) asking.enterWith(id);
      }
    };
  });
  replace("Response", (/** @type {typeof Response} */ Real) => {
    return class extends Real {
      // What Node makes by itself is one as well.
      /** @override @param {unknown} value */
      static [Symbol.hasInstance](value) {
        return value instanceof Real;
      }

      /** @param {ConstructorParameters<typeof Response>[0]} [body] @param {ResponseInit} [init] */
      constructor(body, init) {
        super(body, init);
        const id = this.headers.get(ID) ?? asking.getStore();
        const question = id === undefined ? undefined : open.get(id);
        const isUnreadable = body instanceof Uint8Array;
        if (id === undefined || question === undefined || this.headers.has(LOST)) return;
        if (body !== null && body !== undefined && typeof body !== "string" && !isUnreadable) return;
        open.delete(id);
        keep(question, this.status, this.headers, isUnreadable ? undefined : (body ?? ""));
      }
    };
  });
  replace("fetch", (/** @type {typeof fetch} */ real) => {
    /** @type {typeof fetch} */
    const listening = async (input, init) => {
      const id = input instanceof Request ? input.headers.get(ID) : null;
      const question = id === null ? undefined : open.get(id);
      const response = await real(input, init);
      if (id === null || question === undefined) return response;
      open.delete(id);
      const { status, headers } = response;
      const text = await response
        .clone()
        .text()
        .catch(() => undefined);
      if (text !== undefined || headers.has("content-encoding")) keep(question, status, headers, text);
      return response;
    };
    return listening;
  });
}
