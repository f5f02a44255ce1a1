import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { stageOf } from "./stage.ts";
test.each([["trust","academy-trust-2022"],["college","college-14-days"],["remote-desktop","remote-desktop-trust"],["county","county-schools-2018"],["county","county-schools-2018-per-user"],["small","security-defaults"]])("%s %s", async (fill, name) => {
  const stage = await stageOf(fill);
  const plan = `rollout-plans/${name}.yaml`;
  const status = JSON.parse((await stage.cli(["status", plan, "--json", "--quiet"])).stdout);
  for (const p of status.phases) {
    const t = Date.now();
    const from = (await stage.reader.requests()).at(-1)?.n ?? -1;
    const r = await stage.cli(["apply", plan, "--as-of", p.starts.slice(0, 16), "--yes", "--json", "--quiet"]);
    let d: any; try { d = JSON.parse(r.stdout); } catch { console.log(fill, p.id, r.exit, r.stderr.slice(0, 300)); continue; }
    const log = (await stage.reader.requests(from + 1)).filter((x) => x.path.includes("signIns") || x.path.includes("id,signInActivity") || x.path.includes("id%2CsignIn"));
    console.log(fill, p.id, p.starts, "exit", r.exit, Date.now() - t, "log requests", log.length, log.map((x) => `${x.status}`).join(" "), "\n" + d.findings.filter((f: any) => f.verdict !== "go" || /legacy-clients|networks|service-acc/.test(f.guard)).map((f: any) => `   ${f.verdict} ${f.guard} ${f.count} ${f.detail.slice(0, 200)} ${(f.accounts ?? []).slice(0, 4).join(", ")}`).join("\n"));
  }
  await stage.close();
}, 300000);
