import { test } from "vitest";
import { STORIES } from "./scenarios/stories.ts";
import { stageOf } from "./scenarios/stage.ts";
import { badLine } from "./scenarios/line.ts";
test("refs", { timeout: 300000 }, async () => {
  for (const story of STORIES) {
    const stage = await stageOf(story.fill);
    console.log("#### " + story.name);
    for (const act of story.acts) {
      act.prepare?.(stage);
      const line = badLine(undefined);
      const t = Date.now();
      const words = await act.words(stage);
      const n = (await stage.reader.requests()).length;
      const r = await stage.cli(words, { fetch: line.fetch });
      console.log(`## ${act.name}: ${words.join(" ")} exit ${r.exit}, ${line.writes()} writes, ${Date.now() - t} ms`);
      console.log((await stage.reader.requests()).slice(n).filter((x) => x.method !== "GET" && !("batch" in x)).map((x) => x.method + " " + x.path+ " " + x.status).join("\n"));
      if (story.name.length > 10 || r.exit !== 0) console.log(r.stdout, r.stderr);
    }
    await stage.close();
  }
});
