const { defineConfig } = require("@playwright/test");

const options = { outputFile: process.env.REPORT || "playwright.xml" };
if (process.env.RETRIES_TOO) options.includeRetries = true;
if (process.env.PROJECT_NAME_TOO) options.includeProjectInTestName = true;

module.exports = defineConfig({
  testDir: "tests",
  retries: 1,
  workers: 1,
  reporter: [["list"], ["junit", options]],
  projects: [{ name: "eu" }, { name: "us", testMatch: /price/ }],
});
