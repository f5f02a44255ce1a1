// What belongs to the project, and a copy of it in which something can be tried.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

const MADE_OR_FETCHED = ["node_modules", "dist", ".git", ".entra-rollout", "coverage"];

/**
 * What git knows or would take in; where git cannot say, everything that is neither made nor fetched.
 * @returns {string[]} from the project's folder on, with forward slashes, sorted
 */
export const projectFiles = () => {
  const git = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  const names =
    git.status === 0
      ? git.stdout.split("\0")
      : readdirSync(ROOT, { recursive: true, encoding: "utf8" })
          .map((name) => name.replaceAll("\\", "/"))
          .filter((name) => !name.split("/").some((part) => MADE_OR_FETCHED.includes(part)));
  return names.filter((name) => name !== "" && existsSync(ROOT + name) && statSync(ROOT + name).isFile()).sort();
};

/**
 * The project in a new temporary folder, with the libraries of this one. Whoever asks for it removes it.
 * @param {string} purpose a word for the folder's name
 */
export const copyProject = (purpose) => {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), `entra-rollout-${purpose}-`)));
  for (const name of projectFiles()) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(join(ROOT, name), join(copy, name));
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
  return copy;
};
