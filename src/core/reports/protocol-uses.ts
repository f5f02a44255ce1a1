/** By which protocols accounts got at mailboxes, as the log of sign-ins has it, packed: no row is kept. */

import { IdIndex } from "../ids.ts";
import { PROTOCOLS, type ProtocolWord } from "../plan/plan.ts";
import { protocolOf } from "../sign-in-digest.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import { type LoggedSignIn, outcomeOf } from "./log-row.ts";
import { Numbers, Texts } from "./packed.ts";

/** The newest use of all, and with what. */
export type LastUse = {
  readonly protocol: ProtocolWord;
  readonly at: Instant;
  /** In the service's words. */
  readonly client: string;
  readonly app: string | undefined;
  readonly agent: string | undefined;
  readonly address: string | undefined;
};

export type Use = {
  readonly last: LastUse;
  /** When each was used last. */
  readonly lasts: { readonly [protocol in ProtocolWord]?: Instant };
  readonly count: number;
};

/** Programs and addresses beyond so many are not told apart. */
const MOST_TEXTS = 200_000;
const ONE_OF_MANY = "one of many";

/** Of one thing that the newest use of an account says. */
class Said {
  readonly #texts = new Texts(MOST_TEXTS, ONE_OF_MANY);
  /** One more than the place of the text; 0 says nothing. */
  readonly #places = new Numbers("count");

  set(account: number, text: string | undefined): void {
    this.#places.set(account, text === undefined ? 0 : this.#texts.add(text) + 1);
  }

  at(account: number): string | undefined {
    const place = this.#places.at(account);
    return place === 0 ? undefined : this.#texts.at(place - 1);
  }
}

export class ProtocolUses {
  readonly #accounts = new IdIndex();
  readonly #lasts = PROTOCOLS.map(() => new Numbers("moment"));
  readonly #counts = new Numbers("count");
  readonly #newest = new Numbers("moment");
  /** Which of them was the newest, by its place in `PROTOCOLS`. */
  readonly #protocols = new Numbers("count");
  readonly #said = { client: new Said(), app: new Said(), agent: new Said(), address: new Said() };

  /** Accounts that used any. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Of what did not succeed, or was no such program, nothing is kept. */
  read(row: LoggedSignIn): void {
    const { account, at, client } = row;
    const protocol = client === undefined ? undefined : protocolOf(client);
    if (account === undefined || protocol === undefined || outcomeOf(row.code) !== "succeeded") return;
    const place = this.#accounts.add(account);
    const number = PROTOCOLS.indexOf(protocol);
    const lasts = this.#lasts[number];
    if (lasts !== undefined && at > lasts.at(place)) lasts.set(place, at);
    this.#counts.add(place, 1);
    if (at <= this.#newest.at(place)) return;
    this.#newest.set(place, at);
    this.#protocols.set(place, number);
    for (const name of ["client", "app", "agent", "address"] as const) this.#said[name].set(place, row[name]);
  }

  /** @returns undefined for an account that used none. */
  of(account: ObjectId): Use | undefined {
    const place = this.#accounts.find(account);
    if (place === undefined) return undefined;
    const lasts: { [protocol in ProtocolWord]?: Instant } = {};
    for (const [number, protocol] of PROTOCOLS.entries()) {
      const at = this.#lasts[number]?.at(place) ?? 0;
      if (at > 0) lasts[protocol] = at;
    }
    const { client, app, agent, address } = this.#said;
    return {
      last: {
        protocol: PROTOCOLS[this.#protocols.at(place)] ?? "pop3",
        at: this.#newest.at(place),
        client: client.at(place) ?? "",
        app: app.at(place),
        agent: agent.at(place),
        address: address.at(place),
      },
      lasts,
      count: this.#counts.at(place),
    };
  }
}
