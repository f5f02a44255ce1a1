/**
 * Watches over what is secret. Whatever a command says or writes is searched for the tokens and secrets that it was given or got on its
 * way, and whatever leaves with a token is held against a list of hosts that is not the tool's own.
 */

import { gunzipSync } from "node:zlib";
import type { Fetch, Files, GrowingFile } from "../../src/runtime.ts";

/** Where tokens may go: facts, sections 1 and 2, written down here once more. */
const HOSTS: ReadonlySet<string> = new Set([
  "graph.microsoft.com",
  "graph.microsoft.us",
  "dod-graph.microsoft.us",
  "microsoftgraph.chinacloudapi.cn",
  "outlook.office365.com",
  "outlook.office365.us",
  "outlook-dod.office365.us",
  "outlook.office365.cn",
]);
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Where a job of GitHub's asks for proof of itself, with a token of GitHub's. */
const GITHUB = /\.actions\.githubusercontent\.com$/;

/** Shorter ones are words, and the practice tenant's own token is one that everybody knows. */
const SHORTEST = 10;
const SECRET_NAME = /(?:TOKEN|SECRET|PASSWORD|HEADER|ASSERTION)$/i;

/** What looks like a secret, whoever's it is. */
const SHAPES: readonly (readonly [string, RegExp])[] = [
  ["a JSON web token", /eyJ[\w-]{8,}\.[\w-]{8,}\./],
  ["an authorization header", /\bBearer\s+(?!realm=|authorization_uri=|…|\.\.\.)[\w.~+/-]{6,}/i],
  ["a form with a secret", /\bclient_(?:secret|assertion)=[^&\s"]{4,}/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

export type Watch = {
  /** @param what for the message: where the text was found */
  readonly search: (text: string | Uint8Array, what: string) => void;
  readonly over: { readonly fetch: (fetch: Fetch) => Fetch; readonly files: (files: Files) => Files };
  /** What was found so far, each once. */
  readonly faults: () => readonly string[];
};

export type WatchCounts = { readonly texts: number; readonly secrets: number; readonly tokensSent: number };

declare module "vitest" {
  interface TaskMeta {
    /** On each test file: what of it was watched. */
    watch?: WatchCounts;
  }
}

const NOTHING: WatchCounts = { texts: 0, secrets: 0, tokensSent: 0 };

/** Of a whole worker: files share a process. */
const watched = { faults: [] as string[], ...NOTHING };

/** The faults since the last time. */
export const takenFaults = (): readonly string[] => watched.faults.splice(0);

/** What was done since the last time. */
export const takenCounts = (): WatchCounts => {
  const { texts, secrets, tokensSent } = watched;
  Object.assign(watched, NOTHING);
  return { texts, secrets, tokensSent };
};

const GZIP = [0x1f, 0x8b];

const textOf = (content: string | Uint8Array): string => {
  if (typeof content === "string") return content;
  const isPacked = GZIP.every((byte, at) => content[at] === byte);
  try {
    return Buffer.from(isPacked ? gunzipSync(content) : content).toString("utf8");
  } catch {
    return Buffer.from(content).toString("latin1");
  }
};

const isSignIn = ({ pathname }: URL): boolean => /\/oauth2\/|\/token$|\/devicecode$|\/metadata\/identity|\/msi\b/i.test(pathname);

/** Names in forms and answers of a sign-in whose values nobody else may see. A user's code is made to be read out. */
const SECRET_FIELDS = new Set([
  "access_token",
  "refresh_token",
  "id_token",
  "client_secret",
  "client_assertion",
  "assertion",
  "code",
  "device_code",
  "code_verifier",
  "value",
]);

const fieldsOf = (text: string): readonly string[] => {
  try {
    const body: unknown = JSON.parse(text);
    const pairs = typeof body === "object" && body !== null ? Object.entries(body) : [];
    return pairs.flatMap(([name, value]: [string, unknown]) => (SECRET_FIELDS.has(name) && typeof value === "string" ? [value] : []));
  } catch {
    return [...new URLSearchParams(text)].flatMap(([name, value]) => (SECRET_FIELDS.has(name) ? [value] : []));
  }
};

/** @param env of the command: what its names say is secret, is */
export const createWatch = (env: Readonly<Record<string, string | undefined>>): Watch => {
  const secrets = new Set<string>();
  const faults = new Set<string>();
  const fault = (text: string): void => {
    if (faults.has(text)) return;
    faults.add(text);
    watched.faults.push(text);
  };
  const learn = (secret: string | undefined): void => {
    if (secret === undefined || secret.length < SHORTEST || secrets.has(secret)) return;
    secrets.add(secret);
    watched.secrets += 1;
  };
  for (const [name, value] of Object.entries(env)) if (SECRET_NAME.test(name)) learn(value);

  const search: Watch["search"] = (content, what) => {
    const text = textOf(content);
    watched.texts += 1;
    for (const secret of secrets)
      if (text.includes(secret)) fault(`a secret reached ${what}: ${text.slice(Math.max(0, text.indexOf(secret) - 60), text.indexOf(secret))}...`);
    for (const [shape, pattern] of SHAPES) {
      const found = pattern.exec(text);
      if (found !== null) fault(`${shape} reached ${what}: ${text.slice(Math.max(0, found.index - 60), found.index + 12)}...`);
    }
  };

  const overFetch =
    (fetch: Fetch): Fetch =>
    async (request) => {
      const url = new URL(request.url);
      const authorization = request.headers.get("authorization") ?? undefined;
      if (authorization !== undefined) {
        watched.tokensSent += 1;
        learn(authorization.replace(/^\S+\s+/, ""));
        const isOurs = LOOPBACK.test(url.hostname) || (url.protocol === "https:" && url.port === "" && (HOSTS.has(url.hostname) || GITHUB.test(url.hostname)));
        if (!isOurs) fault(`a token went to ${url.origin}`);
      }
      if (!isSignIn(url)) return await fetch(request);
      const asked = request.body === null ? "" : await request.clone().text();
      for (const field of fieldsOf(asked)) learn(field);
      const answer = await fetch(request);
      for (const field of fieldsOf(await answer.clone().text())) learn(field);
      return answer;
    };

  const growing = (file: GrowingFile, path: string): GrowingFile => {
    // What is written in two pieces may be cut within a secret.
    let before = "";
    return {
      ...file,
      write: async (text) => {
        search(before + textOf(text), path);
        before = textOf(text).slice(-4_000);
        await file.write(text);
      },
    };
  };

  const overFiles = (files: Files): Files => ({
    ...files,
    write: (path, content, mode) => {
      search(content, path);
      return files.write(path, content, mode);
    },
    append: (path, content) => {
      search(content, path);
      return files.append(path, content);
    },
    extend: (path, content) => {
      search(content, path);
      return files.extend(path, content);
    },
    create: (path, content) => {
      search(content, path);
      return files.create(path, content);
    },
    begin: async (path) => growing(await files.begin(path), path),
  });

  return { search, over: { fetch: overFetch, files: overFiles }, faults: () => [...faults] };
};
