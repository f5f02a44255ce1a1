/** A file that is compressed as it grows. */

import { createGzip } from "node:zlib";
import type { GrowingFile } from "./runtime.ts";

/** What is written to it arrives compressed in the file behind it, at the latest with `end`: no more than the compressor's own buffers is held. */
export const gzipped = (file: GrowingFile): GrowingFile => {
  const gzip = createGzip();
  const ready: Uint8Array[] = [];
  gzip.on("data", (chunk: Uint8Array) => ready.push(chunk));
  const give = async (): Promise<void> => {
    for (const chunk of ready.splice(0)) await file.write(chunk);
  };
  return {
    write: async (content) => {
      await new Promise<void>((resolve, reject) => {
        gzip.write(content, (error) => (error ? reject(error) : resolve()));
      });
      await give();
    },
    end: async () => {
      const over = new Promise((resolve, reject) => gzip.once("end", resolve).once("error", reject));
      gzip.end();
      await over;
      await give();
      await file.end();
    },
    leave: async () => {
      gzip.destroy();
      await file.leave();
    },
  };
};
