// Preloaded into what the bench measures: writes what the process spent, as it ends, into the file that USAGE_FILE names.
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  const file = process.env["USAGE_FILE"];
  if (file === undefined) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, maxMB: maxRSS / 1024 }));
});
