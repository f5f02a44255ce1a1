import { expect, test } from "vitest";
import { stageOf } from "./scenarios/stage.ts";
test("try", async () => {
  const stage = await stageOf("trust");
  for (const args of [["apply","rollout-plans/academy-trust-2022.yaml","--as-of","2022-02-28T06:30","--yes","--allow","size=1000","--reason","x"], ["why","office@harbour.trust.example"],["why","emergency-1@trust.example"],["why","carys.admin@trust.example","--all"],["why","headteacher.assistant@meadow.trust.example"],["why","cover-7@trust.example"],["why","offce@harbour.trust.example"],["card","rollout-plans/academy-trust-2022.yaml"]]) {
    const r = await stage.cli(args);
    console.log(args.join(" "), r.exit, r.stderr, "\n" + (args[0]==="apply" ? r.stdout.slice(-1500): r.stdout));
  }
  const users = await stage.reader.users();
  console.log(users.map(u=>u.userPrincipalName).filter(u=>!/pupil|teacher-|staff/.test(u)).slice(0,120).join(" "));
  await stage.close();
  expect(1).toBe(1);
}, 60000);
