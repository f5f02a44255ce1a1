// Preloaded into what a soak watches, together with --expose-gc: notes what stays on the heap, every so many batches, in the file that HEAP_FILE names.
const { appendFileSync } = require("node:fs");

const EVERY = Number(process.env["HEAP_EVERY"] ?? 500);
const file = process.env["HEAP_FILE"];
const send = globalThis.fetch;
let batches = 0;

if (file !== undefined) {
  globalThis.fetch = (input, ...more) => {
    const address = input instanceof Request ? input.url : String(input);
    if (/\/adminapi\/.*\$batch$/.test(address)) {
      batches += 1;
      if (batches % EVERY === 0) {
        globalThis.gc?.();
        appendFileSync(file, `${JSON.stringify({ batches, heapMB: process.memoryUsage().heapUsed / 2 ** 20 })}\n`);
      }
    }
    return send(input, ...more);
  };
}
