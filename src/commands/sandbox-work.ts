/** What the sandbox commands do, apart from their words, since it is heavy. */

import { commandLine } from "../command-line.ts";
import { connect, fillFor, isRealTenant, runsFolder, sandboxFailure, sandboxFolder, PRACTICE_ZONE as ZONE } from "../connect.ts";
import { formatMoment, isoIn, parseAsOf } from "../core/plan/moments.ts";
import { exitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { jsonText } from "../render/json.ts";
import { counted } from "../render/layout.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { readLog } from "../sandbox/log.ts";
import { fillSandbox, openSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { serveSandbox } from "../sandbox/serve.ts";
import type { Tenant } from "../tenant.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";
import { speaker } from "./speak.ts";

const filled = async (fill: string, accounts: number | undefined, replace: boolean, runtime: Runtime): Promise<Sandbox> => {
  try {
    const sandbox = await fillSandbox({ folder: sandboxFolder(runtime), runtime, fill, ...(accounts !== undefined && { accounts }), replace });
    // The journals tell of objects that this tenant does not hold any more.
    if (replace) await runtime.files.remove(runsFolder(runtime));
    return sandbox;
  } catch (error) {
    throw sandboxFailure(error);
  }
};

const countedAccounts = async (sandbox: Sandbox): Promise<string> => {
  const response = await sandbox.fetch(
    new Request("http://127.0.0.1/v1.0/users/$count", { headers: { authorization: "Bearer practice", consistencylevel: "eventual" } }),
  );
  const count = Number(await response.text());
  return response.ok && Number.isSafeInteger(count) ? `, ${counted(count, "account")}` : "";
};

const describe = async (sandbox: Sandbox): Promise<string> =>
  `${safe(sandbox.about.name)}${await countedAccounts(sandbox)}, ${formatMoment(sandbox.clock.now(), ZONE)} London`;

/** Which plan is for which fill. */
const PLANS: Readonly<Record<string, string>> = {
  college: "college-14-days",
  county: "county-schools-2018",
  "remote-desktop": "remote-desktop-trust",
  small: "security-defaults",
  "small-off": "security-defaults",
  trust: "academy-trust-2022",
};

export const fill = async (options: Options, runtime: Runtime): Promise<number> => {
  const [name = fillFor([])] = options.arguments;
  const sandbox = await filled(name, options.accounts, options.again, runtime);
  try {
    runtime.stdout.write(`filled: ${await describe(sandbox)}\n`);
  } finally {
    await sandbox.close();
  }
  if (!options.quiet) runtime.stdout.write(`next: ${commandLine("status", `rollout-plans/${PLANS[name]}.yaml`)}\n`);
  return exitCode("done");
};

export const reset = async (_options: Options, runtime: Runtime): Promise<number> => {
  const folder = sandboxFolder(runtime);
  const file = pathsOf(runtime).join(folder, "tenant.jsonl");
  if ((await runtime.files.size(file)) === undefined) throw usage(`there is no practice tenant in ${folder}`, "entra-rollout sandbox fill county");
  const { header } = await readLog(runtime.files, file);
  const sandbox = await filled(header.fill, header.accounts ?? undefined, true, runtime);
  try {
    runtime.stdout.write(`as on its first day: ${await describe(sandbox)}\n`);
  } finally {
    await sandbox.close();
  }
  return exitCode("done");
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

export const serve = async (options: Options, runtime: Runtime): Promise<number> => {
  let sandbox: Sandbox;
  try {
    sandbox = await openSandbox({ folder: sandboxFolder(runtime), runtime });
  } catch (error) {
    throw sandboxFailure(error);
  }
  try {
    const given = runtime.env.ENTRA_ROLLOUT_TOKEN;
    const token = given === undefined || given === "" ? runtime.uuid() : given;
    const served = await serveSandbox(sandbox, { port: options.port ?? 0, token }).catch((error: unknown) => {
      const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      throw inUse ? usage(`port ${options.port ?? 0} is in use`, "leave --port out for any free one") : error;
    });
    try {
      const origin = `http://127.0.0.1:${served.port}`;
      if (options.json) runtime.stdout.write(jsonText({ schemaVersion: 1, origin, token, instance: sandbox.about.instance, name: sandbox.about.name }));
      else runtime.stdout.write(`serving ${safe(sandbox.about.name)} at ${origin}\ntoken ${token}\n`);
      if (!options.quiet) runtime.stderr.write(`use it with ENTRA_ROLLOUT_TOKEN=${token} and --tenant ${origin}; Ctrl-C ends it\n`);
      await untilAborted(runtime.signal);
    } finally {
      await served.close();
    }
  } finally {
    await sandbox.close();
  }
  return exitCode("done");
};

const withTenant = async (options: Options, runtime: Runtime, work: (tenant: Tenant) => Promise<void>): Promise<number> => {
  const { say } = speaker(options, runtime);
  if (await isRealTenant(options.tenant ?? "sandbox", runtime))
    throw usage(
      `--tenant ${options.tenant ?? ""}: this command is for practice tenants, and nothing was asked of that one`,
      "--tenant sandbox is the one in this folder",
    );
  const tenant = await connect({ tenant: options.tenant ?? "sandbox", addresses: undefined, say, log: undefined }, runtime);
  try {
    await work(tenant);
  } finally {
    await tenant.close();
  }
  return exitCode("done");
};

export const clock = (options: Options, runtime: Runtime): Promise<number> =>
  withTenant(options, runtime, async (tenant) => {
    const [moment] = options.arguments;
    if (moment !== undefined) {
      const to = parseAsOf(moment, ZONE);
      if (to.type === "wrong") throw usage(to.message, ...(to.hint === undefined ? [] : [to.hint]));
      const now = tenant.clock.now();
      if (to.instant < now)
        throw usage(
          `the clock of a practice tenant moves forward only: it is ${formatMoment(now, ZONE)} there`,
          "entra-rollout sandbox reset goes back to its first day",
        );
      await tenant.moveClockTo(to.instant);
    }
    const now = tenant.clock.now();
    runtime.stdout.write(options.json ? jsonText({ schemaVersion: 1, now: isoIn(now, ZONE) }) : `${safe(tenant.name)}: ${formatMoment(now, ZONE)} London\n`);
  });

type Setting = { readonly path: readonly [string, ...string[]]; readonly value: unknown };

const settingOf = (text: string): Setting => {
  const found = /^([A-Za-z]+)((?:\.[A-Za-z]+)*)=(.*)$/s.exec(text);
  if (found?.[1] === undefined) throw usage(`${text}: a dial and its value are needed`, "for example throttling=off");
  const word = found[3] ?? "";
  const path = (found[2] ?? "").split(".").filter((part) => part !== "");
  try {
    return { path: [found[1], ...path], value: JSON.parse(word) };
  } catch {
    return { path: [found[1], ...path], value: word };
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

const withSetting = (dials: unknown, [first, ...rest]: readonly string[], value: unknown): unknown => {
  if (first === undefined) return value;
  const record = isRecord(dials) ? dials : {};
  return { ...record, [first]: withSetting(record[first], rest, value) };
};

export const dial = (options: Options, runtime: Runtime): Promise<number> =>
  withTenant(options, runtime, async (tenant) => {
    const settings = options.arguments.map(settingOf);
    let dials = await tenant.control("/dials");
    for (const { path, value } of settings) dials = withSetting(dials, path, value);
    if (settings.length > 0) dials = await tenant.control("/dials", dials, "PUT");
    runtime.stdout.write(jsonText(isRecord(dials) ? dials : {}));
  });
