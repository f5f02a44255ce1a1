/**
 * Runs test files again and again in one process, for scripts/mutants.js: vitest and the libraries are loaded once, everything
 * of the project anew for each run, so that nothing that a planted defect left in a module outlives it.
 *
 * Started with a channel, in the copy of the project whose tests are to be run. To each {tests, changed} that comes, both named
 * from the copy's folder on, one answer goes back: {isGood, failed}. Only what failed by a test that ran is named in `failed`.
 */

import { EventEmitter } from "node:events";
import { join } from "node:path";
import { createVitest, ForksPoolWorker } from "vitest/node";

/** @typedef {{ tests: string[], changed: string[] }} Wanted */
/** @typedef {{ isGood: boolean, failed?: string }} Answer `failed`: the whole name of the first test that did */

/** With forward slashes, as vitest names files on every system. */
const copy = process.cwd().replaceAll("\\", "/");

/**
 * vitest starts a process for each run and ends it with the run. This one stays: what would start it again or end it is
 * answered in its place. One that died is not replaced: the run fails, and whoever asked for it starts anew.
 *
 * @returns {import("vitest/node").PoolRunnerInitializer}
 */
const keptPool = () => {
  /** @type {ForksPoolWorker | undefined} */
  let kept;
  return {
    name: "kept",
    createPoolWorker: (options) => {
      const isNew = kept === undefined;
      const worker = kept ?? new ForksPoolWorker(options);
      kept = worker;
      const inPlace = new EventEmitter();
      /** @type {[string, (value: unknown) => void][]} */
      const heard = [];
      /** @param {"started" | "stopped"} type */
      const answer = (type) => setImmediate(() => inPlace.emit("message", { type, __vitest_worker_response__: true }));
      return {
        name: "kept",
        cacheFs: worker.cacheFs,
        on: (event, callback) => {
          heard.push([event, callback]);
          for (const source of [inPlace, worker]) source.on(event, callback);
        },
        off: (event, callback) => {
          for (const source of [inPlace, worker]) source.off(event, callback);
        },
        send: (message) => {
          if (message.type === "stop") answer("stopped");
          else if (message.type === "start" && !isNew) answer("started");
          else worker.send(message);
        },
        start: async () => {
          if (isNew) await worker.start();
        },
        stop: async () => {
          for (const [event, callback] of heard) worker.off(event, callback);
        },
        deserialize: (data) => data,
      };
    },
  };
};

const vitest = await createVitest("test", { watch: false, bail: 1, maxWorkers: 1, pool: keptPool(), reporters: [{}] });

/** Everything of the project that has been loaded so far; libraries stand outside. */
const loaded = () =>
  vitest.projects
    .flatMap(({ vite }) => Object.values(vite.environments))
    .flatMap(({ moduleGraph }) => [...moduleGraph.fileToModulesMap.keys()])
    .filter((path) => path.startsWith(`${copy}/`));

/** @param {Wanted} wanted @returns {Promise<Answer>} */
const run = async ({ tests, changed }) => {
  for (const path of changed) vitest.invalidateFile(join(copy, path).replaceAll("\\", "/"));
  for (const path of loaded()) vitest.watcher.invalidates.add(path);
  // What an earlier run found must not stand in for a file that this one could not run.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  const project = vitest.getRootProject();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(tests.map((name) => project.createSpecification(join(copy, name))));
  const results = testModules.flatMap((module) => [...module.children.allTests()]);
  const failed = results.find((test) => test.result().state === "failed");
  if (failed !== undefined) return { isGood: false, failed: failed.fullName };
  const isWhole = testModules.length === tests.length && testModules.every((module) => module.state() === "passed");
  return { isGood: isWhole && unhandledErrors.length === 0 && results.some((test) => test.result().state === "passed") };
};

// Whoever asked is gone, perhaps by Ctrl-C: nobody else ends what runs here, in a group of its own where there are groups.
process.on("disconnect", () => process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL"));
process.on("message", async (/** @type {Wanted} */ wanted) => {
  process.send?.(await run(wanted));
});
process.send?.("ready");
