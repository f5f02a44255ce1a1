#!/usr/bin/env node
"use strict";
const { PACKAGE, load } = require("./load.cjs");

const argv = process.argv.slice(2);
const quick = load("quick");
if (quick === undefined) {
  process.stderr.write("entra-rollout is not built yet\nhint: npm run build\n");
  process.exitCode = 1;
} else if (!quick.exports.answer(argv)) load(argv[0] === "check" ? "plan" : "whole")?.exports.start(argv, PACKAGE);
