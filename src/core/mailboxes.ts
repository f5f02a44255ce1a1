/** Every mailbox of a tenant and which protocols lead to it, for half a million of them: two indexes of ids and a byte each. */

import { IdIndex, withRoom } from "./ids.ts";
import { MAILBOX_FLAGS, type MailboxFields, type ObjectId, type SmtpAuth } from "./tenant.ts";

/** All that a mailbox says of its protocols. */
export type MailboxState = Required<MailboxFields>;

/** `owner`: the account's object id, which is not the mailbox's own. */
export type Mailbox = { readonly id: ObjectId; readonly owner: ObjectId; readonly state: MailboxState };

const SMTP: readonly SmtpAuth[] = ["inherit", "on", "off"];

const packed = (state: MailboxState): number =>
  MAILBOX_FLAGS.reduce((bits, flag, at) => bits | (state[flag] ? 1 << at : 0), 0) | (SMTP.indexOf(state.smtpAuth) << MAILBOX_FLAGS.length);

const unpacked = (bits: number): MailboxState => ({
  pop3: (bits & 1) !== 0,
  imap: (bits & 2) !== 0,
  activeSync: (bits & 4) !== 0,
  smtpAuth: SMTP[bits >> MAILBOX_FLAGS.length] ?? "inherit",
});

export class Mailboxes {
  readonly #ids = new IdIndex();
  /** At the place of its mailbox. */
  readonly #owners = new IdIndex();
  #states = new Uint8Array(256);

  static of(mailboxes: Iterable<Mailbox>): Mailboxes {
    const all = new Mailboxes();
    for (const { id, owner, state } of mailboxes) all.add(id, owner, state);
    return all;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** @throws RangeError for a mailbox, or an account, that is there already: a list that names one twice cannot be believed. */
  add(id: ObjectId, owner: ObjectId, state: MailboxState): void {
    const place = this.#ids.size;
    if (this.#ids.add(id) !== place) throw new RangeError(`the mailbox ${id} is listed twice`);
    if (this.#owners.add(owner) !== place) throw new RangeError(`the account ${owner} has two mailboxes`);
    this.#states = withRoom(this.#states, place);
    this.#states[place] = packed(state);
  }

  get(id: ObjectId): MailboxState | undefined {
    const place = this.#ids.find(id);
    return place === undefined ? undefined : unpacked(this.#states[place] ?? 0);
  }

  /** The mailbox of an account. */
  ofOwner(owner: ObjectId): Mailbox | undefined {
    const place = this.#owners.find(owner);
    return place === undefined ? undefined : { id: this.#ids.at(place), owner, state: unpacked(this.#states[place] ?? 0) };
  }

  ownerOf(id: ObjectId): ObjectId | undefined {
    const place = this.#ids.find(id);
    return place === undefined ? undefined : this.#owners.at(place);
  }

  /** In the order in which the service listed them. */
  *[Symbol.iterator](): IterableIterator<Mailbox> {
    for (let place = 0; place < this.#ids.size; place += 1)
      yield { id: this.#ids.at(place), owner: this.#owners.at(place), state: unpacked(this.#states[place] ?? 0) };
  }

  /** The same with some of them changed; this one stays as it is. */
  with(changes: Iterable<readonly [ObjectId, MailboxFields]>): Mailboxes {
    const changed = new Map(changes);
    const all = new Mailboxes();
    for (const { id, owner, state } of this) all.add(id, owner, { ...state, ...changed.get(id) });
    return all;
  }
}
