import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deployed, unitLines } from "./deployments.ts";

const service = deployed("systemd/entra-rollout.service");
const timer = deployed("systemd/entra-rollout.timer");

const { CI, REQUIRE_SYSTEMD } = process.env;
const IS_REQUIRED = [CI, REQUIRE_SYSTEMD].some((value) => value === "1" || value === "true");
/** 250 is what the service asks for itself; before it there is no %d. */
const VERSION = Number(/^systemd (\d+)/.exec(spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" }).stdout ?? "")?.[1] ?? 0);
const IS_THERE = VERSION >= 250;

/** Runs systemd's own look at the units; the program that is started has to be one that is here. */
const analysed = (units: Readonly<Record<string, string>>, ...words: readonly string[]): { readonly said: string; readonly exit: number | null } => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-units-"));
  try {
    const files = Object.entries(units).map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
      return file;
    });
    const { status, stdout, stderr } = spawnSync("systemd-analyze", [...words, ...files], { encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } });
    return { said: `${stdout}${stderr}`.trim(), exit: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What systemd.unit, systemd.service, systemd.exec, systemd.kill, systemd.resource-control and systemd.timer document, as far as it is used. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "Documentation", "Wants", "After", "OnFailure"],
  Service: [
    ...["Type", "WorkingDirectory", "EnvironmentFile", "LoadCredential", "Environment", "ExecStart", "TimeoutStopSec", "TimeoutStartSec"],
    ...["DynamicUser", "StateDirectory", "StateDirectoryMode", "UMask", "CapabilityBoundingSet", "LockPersonality", "NoNewPrivileges", "PrivateDevices"],
    ...["PrivateUsers", "ProtectClock", "ProtectControlGroups", "ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules"],
    ...["ProtectKernelTunables", "ProtectProc", "ProtectSystem", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID"],
    ...["SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter"],
  ],
  Timer: ["OnCalendar", "AccuracySec", "Persistent"],
  Install: ["WantedBy"],
};

const unknownIn = (text: string): readonly string[] =>
  unitLines(text).flatMap(([section, key]) => (KEYS[section]?.includes(key) === true ? [] : [`[${section}] ${key}`]));
const settingIn = (text: string, name: string): string | undefined => unitLines(text).find(([, key]) => key === name)?.[2];

describe("the units", () => {
  test("have known settings only, in their sections", () => {
    expect([...unknownIn(service), ...unknownIn(timer)]).toEqual([]);
    expect(unknownIn(service.replace("PrivateUsers=", "PrivatUsers="))).toEqual(["[Service] PrivatUsers"]);
    expect(unknownIn(timer.replace("[Install]\n", ""))).toEqual(["[Timer] WantedBy"]);
    expect(() => unitLines("Type=oneshot\n")).toThrow("line 1 is no setting");
  });

  test("start one run every quarter of an hour, on the minute, and catch up", () => {
    expect(settingIn(timer, "OnCalendar")).toBe("*:0/15");
    expect(settingIn(timer, "AccuracySec")).toBe("1s");
    expect(settingIn(timer, "Persistent")).toBe("true");
    expect(settingIn(timer, "WantedBy")).toBe("timers.target");
    expect(settingIn(service, "Type")).toBe("oneshot");
    // A restart would be a second run for one quarter of an hour; the timer comes back anyway.
    expect(settingIn(service, "Restart")).toBeUndefined();
  });

  test("give the secret to the service alone, and it keeps its state where it may write", () => {
    expect(settingIn(service, "LoadCredential")).toBe("certificate.pem:/etc/entra-rollout/private/certificate.pem");
    expect(settingIn(service, "Environment")).toBe("AZURE_CLIENT_CERTIFICATE_PATH=%d/certificate.pem");
    expect(settingIn(service, "DynamicUser")).toBe("yes");
    expect(settingIn(service, "StateDirectory")).toBe("entra-rollout");
    expect(settingIn(service, "ExecStart")).toContain(" --state %S/entra-rollout ");
    // V8 writes machine code while it runs.
    expect(settingIn(service, "MemoryDenyWriteExecute")).toBeUndefined();
  });

  test.runIf(IS_REQUIRED && !IS_THERE)("systemd is missing here, and its own look at the units is asked for", () => {
    throw new Error(`REQUIRE_SYSTEMD or CI is set, and systemd-analyze 250 or later is not there (found: ${VERSION})`);
  });
});

describe.runIf(IS_THERE)("systemd itself", () => {
  const units = { "entra-rollout.service": service, "entra-rollout.timer": timer };

  // It ends with 0 also when it found something.
  test("has nothing to say of them", () => {
    expect(analysed(units, "verify", "--man=no")).toEqual({ said: "", exit: 0 });
  });

  test.each([
    ["a setting that there is not", { ...units, "entra-rollout.service": service.replace("PrivateUsers=", "PrivatUsers=") }, /Unknown key/],
    ["a moment that is none", { ...units, "entra-rollout.timer": timer.replace("*:0/15", "*:0/75") }, /calendar|expression/i],
    ["a call that there is not", { ...units, "entra-rollout.service": service.replace("@system-service", "@system-services") }, /@system-services|call/],
  ])("would notice %s", (_name, wrong, message) => {
    expect(analysed(wrong, "verify", "--man=no").said).toMatch(message);
  });

  test("calls the service's exposure low: at most 2 of 10", () => {
    const { said } = analysed({ "entra-rollout.service": service }, "security", "--offline=true", "--no-pager");
    expect(Number(/exposure level for entra-rollout\.service: (\d+\.\d+)/.exec(said)?.[1])).toBeLessThanOrEqual(2);
  });
});
