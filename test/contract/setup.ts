/** For every test file: each exchange with Graph, and with Exchange, is held against the contract, and what breaks it fails the test in which it happened. */

import { afterAll, afterEach, type TaskMeta, vi } from "vitest";
import { listenToProcesses } from "./processes.ts";
import { recorder } from "./recorder.ts";

// Nothing of this is loaded by a file that talks to nobody.
vi.mock(import("../../src/sandbox/app.ts"), async (original) => {
  const [real, { tappedTenant }] = await Promise.all([original(), import("./tap.ts")]);
  return { ...real, createApp: (parts) => tappedTenant(recorder, real.createApp(parts), real.LOST) };
});
vi.mock(import("../../src/graph/chain.ts"), async (original) => {
  const [real, { tappedFetch }] = await Promise.all([original(), import("./tap.ts")]);
  return { ...real, createChain: (wiring) => real.createChain({ ...wiring, fetch: tappedFetch(recorder, wiring.fetch) }) };
});
vi.mock(import("../../src/exchange/sending.ts"), async (original) => {
  const [real, { tappedFetch }] = await Promise.all([original(), import("./tap.ts")]);
  return { ...real, createSender: (connection) => real.createSender({ ...connection, fetch: tappedFetch(recorder, connection.fetch) }) };
});

recorder.begin();
const processes = listenToProcesses();
let file: { meta: TaskMeta } | undefined;

const hold = async (where: string): Promise<void> => {
  await processes.hear(recorder);
  const faults = await recorder.faultsSince();
  if (faults.length > 0) throw new Error(`against the contract, ${where} (test/contract/table.json; Exchange: exchange-table.json):\n  ${faults.join("\n  ")}`);
};

afterEach(({ task }) => {
  file = task.file;
  return hold("in this test or in what prepares it");
});
afterAll(async () => {
  try {
    await hold("after the last test");
  } finally {
    processes.end();
    if (file !== undefined) file.meta.contract = { ...recorder.countsSoFar(), seen: recorder.seenSoFar() };
  }
});
