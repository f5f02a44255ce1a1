/** A way back that would shut out whoever takes it is refused, as a way forward would be. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stageOf } from "./stage.ts";

const CONFIGURATION = "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
const PLAN = `id: methods-2022
name: Methods 2022
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@trust.example, emergency-2@trust.example]
cohorts:
  it staff: { group: IT Support }
phases:
  - id: app
    title: The app is allowed
    starts: 2022-02-14
    allowMethods: { app: on, code: on }
`;

test("the only method of the account that works with the tool", { timeout: 60_000 }, async () => {
  const stage = await stageOf("trust");
  try {
    const { reader, cwd, cli } = stage;
    writeFileSync(join(cwd, "methods.yaml"), PLAN);
    for (const [name, type] of [
      ["MicrosoftAuthenticator", "microsoftAuthenticator"],
      ["SoftwareOath", "softwareOath"],
    ])
      await reader.json("PATCH", `${CONFIGURATION}/${name}`, { "@odata.type": `#microsoft.graph.${type}AuthenticationMethodConfiguration`, state: "disabled" });
    const admins = (await reader.all<{ userPrincipalName: string }>("/v1.0/directoryRoles(roleTemplateId='62e90394-69f5-4237-9190-012177145e10')/members"))
      .map(({ userPrincipalName }) => userPrincipalName)
      .filter((address) => address.startsWith("admin."));
    // The first has a passkey, the others the app.
    const operator = admins[1] ?? "nobody";
    await reader.forward(600_000);
    await reader.dials({ operator });
    const applied = await cli(["apply", "methods.yaml", "--as-of", "2022-02-14", "--yes"]);
    expect(applied.exit, applied.stdout).toBe(0);
    const run = /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec(`${applied.stdout}${applied.stderr}`)?.[0] ?? "no run";
    const back = await cli(["undo", run, "--yes"]);
    const said = back.stdout.replaceAll(/\s+/g, " ");
    expect(back.exit, said).toBe(3);
    expect(said).toContain(
      `stop the change of methods would take from ${operator} the last one with which they get in: this is the account that you are signed in with`,
    );
    expect(said).toMatch(/go emergency-1@trust\.example \(passkey\) and emergency-2@trust\.example \(passkey\) get into the admin centre/);
    await reader.dials({});
    expect((await cli(["undo", run, "--yes"])).exit).toBe(0);
  } finally {
    await stage.close();
  }
});
