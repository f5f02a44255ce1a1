// The licences of what is bundled: whoever hands on the bundles hands on these texts with them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Licences that ask for their text, or less, and nothing of whoever uses the tool. Another one is for a person to decide on. */
export const ALLOWED = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT"];

const TEXTS = /^(licen[cs]e|copying|copyrightnotice|notice)([.-]|$)/i;
const FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * @param {readonly import("esbuild").Metafile[]} made what esbuild says of each bundle
 * @returns {string[]} the folders of the libraries of which anything is in one of them, sorted
 */
export const bundledPackages = (made) => {
  const inputs = made.flatMap(({ outputs }) => Object.values(outputs).flatMap((output) => Object.entries(output.inputs)));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (FOLDER.exec(path) ?? []) : []));
  return [...new Set(folders)].sort();
};

/** @param {string} root @param {string} folder */
const noticeOf = (root, folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const texts = readdirSync(join(root, folder))
    .filter((file) => TEXTS.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, folder, file), "utf8")
        .replaceAll("\r\n", "\n")
        .trim(),
    );
  if (!ALLOWED.includes(license))
    throw new Error(`${name} ${version} is under ${license}: whether it may be bundled is to be decided, and written into scripts/notices.js`);
  if (texts.length === 0) throw new Error(`${name} ${version} brings no text of its licence, ${license}: bundle another one`);
  return { title: `${name} ${version} (${license})`, text: texts.join("\n\n") };
};

/**
 * @param {string} root
 * @param {readonly string[]} folders from `root` on
 * @returns {string}
 * @throws where a licence is not among those allowed, or its text is missing
 */
export const noticesOf = (root, folders) => {
  const notices = folders.map((folder) => noticeOf(root, folder)).sort((a, b) => (a.title < b.title ? -1 : 1));
  const list = notices.map(({ title }) => title).join("\n");
  const texts = notices.map(({ title, text }) => `${"=".repeat(80)}\n${title}\n\n${text}\n`).join("\n");
  return `entra-rollout is under the licence in LICENSE. Its bundles in dist/ hold code of these libraries, each under its own:\n\n${list}\n\n${texts}`;
};
