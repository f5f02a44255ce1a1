import { describe, expect, test } from "vitest";
import { stateHome } from "../../src/real-tenant.ts";

describe("where runs on a real tenant are kept", () => {
  const places: readonly (readonly [platform: NodeJS.Platform, env: Readonly<Record<string, string>>, want: string | RegExp])[] = [
    ["win32", { LOCALAPPDATA: "C:\\Users\\head\\AppData\\Local" }, "C:\\Users\\head\\AppData\\Local\\entra-rollout"],
    ["win32", { LOCALAPPDATA: "\\\\server\\share\\Local" }, "\\\\server\\share\\Local\\entra-rollout"],
    ["win32", { USERPROFILE: "D:\\Users\\head" }, "D:\\Users\\head\\AppData\\Local\\entra-rollout"],
    // A Git Bash sets HOME as well, in the manner of another system.
    ["win32", { HOME: "/c/Users/head", USERPROFILE: "C:\\Users\\head" }, "C:\\Users\\head\\AppData\\Local\\entra-rollout"],
    ["win32", { LOCALAPPDATA: "AppData\\Local" }, /LOCALAPPDATA is not set/],
    ["win32", { HOME: "/c/Users/head" }, /LOCALAPPDATA is not set/],
    ["linux", { XDG_STATE_HOME: "/var/state" }, "/var/state/entra-rollout"],
    ["linux", { XDG_STATE_HOME: "state", HOME: "/var/head" }, "/var/head/.local/state/entra-rollout"],
    ["linux", { LOCALAPPDATA: "C:\\Users\\head\\AppData\\Local" }, /neither XDG_STATE_HOME nor HOME is set/],
  ];

  test.each(places)("on %s with %j", (platform, env, want) => {
    if (typeof want === "string") expect(stateHome({ env, platform })).toBe(want);
    else expect(() => stateHome({ env, platform })).toThrow(want);
  });
});
