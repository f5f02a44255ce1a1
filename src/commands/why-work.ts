/** What `why` does, apart from its words. */

import { commandLine } from "../command-line.ts";
import { isoIn } from "../core/plan/moments.ts";
import { nearest } from "../core/plan/problems.ts";
import { APPLICATION_WORDS, applicationOf, CLIENT_WORDS, isAddress, isClientWord, whyDocument } from "../core/why.ts";
import { exitCode } from "../exit-codes.ts";
import { type Failure, usage } from "../failure.ts";
import { jsonText } from "../render/json.ts";
import { styleFor } from "../render/style.ts";
import { zoneWord } from "../render/view.ts";
import { whyText } from "../render/why.ts";
import type { Runtime } from "../runtime.ts";
import { openSession } from "../session.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { speaker, tenantOf } from "./speak.ts";

const DAYS = 7;
const DAY_MS = 86_400_000;

/** @throws Failure (usage) */
const checkWords = ({ from, app, client }: Options): void => {
  if (from !== undefined && !isAddress(from)) throw usage(`--from ${from}: an address of the internet is needed`, "for example --from 203.0.113.7");
  if (client !== undefined && !isClientWord(client)) throw usage(`--client ${client}: no program goes by that word`, `these do: ${CLIENT_WORDS.join(", ")}`);
  if (app !== undefined && applicationOf(app) === undefined) {
    const words = Object.keys(APPLICATION_WORDS);
    const meant = nearest(app, words);
    throw usage(
      `--app ${app}: neither an application's id nor one of the words`,
      meant === undefined ? `the words: ${words.join(", ")}` : `did you mean ${meant}?`,
    );
  }
};

const noSuchAccount = (key: string, { same, alike }: { readonly same: readonly string[]; readonly alike: readonly string[] }): Failure => {
  const meant = nearest(
    key.toLowerCase(),
    alike.map((address) => address.toLowerCase()),
  );
  const hints =
    same.length > 0
      ? [`it is another address of ${same.join(" and ")}: use that`]
      : meant === undefined
        ? ["ACCOUNT is an address as people sign in with it, or an object id"]
        : [`did you mean ${alike.find((address) => address.toLowerCase() === meant) ?? meant}?`];
  return usage(`${key}: there is no such account in the tenant`, ...hints);
};

const typedAgain = ({ from, app, client }: Options): readonly string[] => [
  ...(from === undefined ? [] : ["--from", from]),
  ...(app === undefined ? [] : ["--app", app]),
  ...(client === undefined ? [] : ["--client", client]),
];

export const runWhy = async (options: Options, runtime: Runtime): Promise<number> => {
  const [key = ""] = options.arguments;
  if (key.trim() === "") throw usage("ACCOUNT is empty", "an address as people sign in with it, or an object id");
  checkWords(options);
  const session = await openSession({ ...tenantOf(options), state: undefined, quiet: options.quiet, ...speaker(options, runtime) }, undefined, runtime);
  try {
    const { tenant, gateway, progress } = session;
    const now = tenant.clock.now();
    const since = now - DAYS * DAY_MS;
    progress.tell("reading the account and the policies");
    const found = await gateway.account(key, since);
    progress.end();
    if (found.type === "missing") throw noSuchAccount(key, found);
    const document = whyDocument(found.seen, {
      app: options.app,
      client: options.client,
      from: options.from,
      since,
      now,
      all: options.all,
      tenant: { id: tenant.tenantId, name: tenant.name, practice: tenant.connection.practice },
      asOf: isoIn(now, tenant.zone),
    });
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = { columns: runtime.stdout.columns, style: await styleFor(runtime, "stdout"), zone: tenant.zone, nameOf: () => undefined };
      runtime.stdout.write(
        whyText(document, view, {
          command: (words) => commandLine(...words, ...again({ ...(options.tenant !== undefined && { tenant: options.tenant }) })),
          local: (iso) => isoIn(Date.parse(iso), tenant.zone),
          zone: zoneWord(tenant.zone),
          all: options.all
            ? undefined
            : commandLine("why", key, ...typedAgain(options), "--all", ...again({ ...(options.tenant !== undefined && { tenant: options.tenant }) })),
        }),
      );
    }
    return document.unread.length > 0 ? exitCode("partly") : exitCode("done");
  } finally {
    await session.close();
  }
};
