/** Everything that speaks with Exchange is listened to: the tool in this process, and the tool in a process of its own. */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createSender } from "../../src/exchange/sending.ts";
import { createRecorder, recorder } from "./recorder.ts";
import { heardElsewhere, type Kept } from "./tap.ts";

const TENANT = "7c1d9a44-2f0e-4b5c-9d61-0e8a3f5b7712";
const ADDRESS = `http://127.0.0.1/adminapi/beta/${TENANT}/InvokeCommand`;

test("what the tool sends is held, whoever answers", async () => {
  const sender = createSender({
    origin: "http://127.0.0.1",
    tenant: TENANT,
    anchor: "",
    getToken: async () => "token",
    fetch: async () => Response.json({ value: [] }),
    clock: { now: () => 0, sleep: async () => undefined },
    uuid: () => "00000000-0000-4000-8000-000000000001",
    signal: new AbortController().signal,
  });
  await sender.send({ method: "POST", address: ADDRESS, cmdlet: "Get-Nothing", headers: {}, body: "{}" }, true);
  const faults = await recorder.faultsSince();
  expect(faults.join("\n")).toContain("the tool asked POST /adminapi/");
  expect(faults.join("\n")).toContain("no header x-anchormailbox");
  expect(faults.join("\n")).toContain("the body has no CmdletInput");
});

/** Two callers at once in a process, as the tool has them, and a tenant in the process that gives no id back. */
const SCRIPT = `
const ask = async (number, answer) => {
  const id = "00000000-0000-4000-8000-00000000000" + number;
  const request = new Request(process.argv[1], { method: "POST", headers: { "client-request-id": id, "content-type": "application/json", authorization: "Bearer secret-token" }, body: JSON.stringify({ asked: number }) });
  await new Promise((done) => setTimeout(done, 5 * (3 - number)));
  await request.text();
  return answer();
};
void Promise.all([
  ask(1, () => new Response(JSON.stringify({ answered: 1 }), { headers: { "content-type": "application/json" } })),
  ask(2, () => new Response(new Uint8Array(8), { status: 403, headers: { "content-encoding": "gzip" } })),
  ask(3, () => new Response(null, { status: 500, headers: { "x-practice-lost": "1" } })),
]);
`;

test("so is what the tool in another process sends, and each answer belongs to its own question", async () => {
  execFileSync(process.execPath, ["-e", SCRIPT, ADDRESS], { stdio: "inherit" });
  const file = process.env["CONTRACT_EXCHANGES"] ?? "";
  const text = readFileSync(file, "utf8");
  // It is wrong on purpose: this test would fail by what it shows.
  writeFileSync(file, "");
  const kept: readonly Kept[] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(kept.map(({ body, status, answer }) => [body, status, answer]).sort()).toEqual([
    ['{"asked":1}', 200, '{"answered":1}'],
    ['{"asked":2}', 403, undefined],
  ]);
  expect(text).not.toContain("secret-token");
  const own = createRecorder();
  for (const one of kept) heardElsewhere(own, one);
  const faults = (await own.faultsSince()).join("\n");
  expect(faults).toContain("no header x-anchormailbox");
  expect(faults).not.toContain("no header authorization");
});
