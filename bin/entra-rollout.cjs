#!/usr/bin/env node
"use strict";
const { PACKAGE, load } = require("./load.cjs");

const argv = process.argv.slice(2);
/** Lines with one of these may be answered at once; whether they are, the quick bundle says. */
const QUICK = ["help", "--help", "-h", "--version", "-V"];
const isQuick = argv.length === 0 || argv.some((word) => QUICK.includes(word));

const main = () => {
  if (isQuick && load("quick")?.exports.answer(argv) === true) return;
  const bundle = load(argv[0] === "check" ? "plan" : "whole");
  if (bundle !== undefined) return bundle.exports.start(argv, PACKAGE);
  process.stderr.write("entra-rollout is not built yet\nhint: npm run build\n");
  process.exitCode = 1;
};

main();
