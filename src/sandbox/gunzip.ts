/** A file that may be compressed: its first bytes say so, and not its name, which people change. */

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** RFC 1952, 2.3.1. */
const MAGIC = [0x1f, 0x8b] as const;

/** The file cannot be unpacked to its end. */
export class PackedBadly extends Error {
  constructor(because: string) {
    super(because);
    this.name = "PackedBadly";
  }
}

/** Node's words for what zlib found wrong. */
const reasonOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "Z_BUF_ERROR") return "it ends before it is unpacked: it was cut short, or is still being written";
  return code.startsWith("Z_") ? "it is damaged, and cannot be unpacked" : undefined;
};

async function* again(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/** @throws PackedBadly; what reading the chunks throws */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  // A chunk may be of one byte.
  while (length < MAGIC.length) {
    const next = await source.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(first);
  const all = again(first, source);
  if (!MAGIC.every((byte, at) => head[at] === byte)) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  const packed = Readable.from(all);
  packed.once("error", (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new PackedBadly(reason);
  } finally {
    packed.destroy();
  }
}
