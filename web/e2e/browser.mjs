// The common code of the browser tests: the browser, named steps, and checks during the whole test.
//
// URL is the address of the server and may have a path. KEY is an API key of the server, CHROMIUM
// the path of the browser (default /usr/bin/chromium), and SCREENSHOTS a folder for screenshots.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const {
  URL: base = "http://127.0.0.1:8080",
  KEY: key,
  SCREENSHOTS: screenshotFolder,
  CHROMIUM: browserPath = "/usr/bin/chromium",
} = process.env;
if (!key) exitWithFailure("set KEY to an API key of the server: prefix.secret");
export { base, key };
export const secret = key.slice(key.indexOf(".") + 1);

const origin = new globalThis.URL(base).origin;
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
export const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: "reduce" });
export const page = await context.newPage();
page.setDefaultTimeout(20_000);

// Problems that fail the test whenever they occur.
const foreignURLs = new Set();
const leakingURLs = new Set();
const browserErrors = [];
await context.route(
  (url) => url.origin !== origin && !["data:", "blob:"].includes(url.protocol),
  (route) => (foreignURLs.add(route.request().url()), route.abort()),
);
page.on("request", (request) => {
  if (request.url().includes(secret)) leakingURLs.add(request.url());
  if (request.url().startsWith("blob:")) browserErrors.push(`a request to ${request.url()}`);
});
page.on("pageerror", (error) => browserErrors.push(error.message));

/**
 * Runs the steps of a test and then checks for problems during the whole test. Prints that the
 * page works, or the first step that failed and the reason. The steps expect failed responses
 * with the statuses given; failed responses with other statuses are problems.
 */
export async function test(name, expectedStatuses, runSteps) {
  const expectedError = new RegExp(`status of (${expectedStatuses.join("|")})\\b`);
  page.on("console", (message) => {
    if (message.type() === "error" && !expectedError.test(message.text())) browserErrors.push(message.text());
  });
  try {
    await runSteps();
    await step("the browser reports no errors, foreign requests or URLs with the key", expectNoProblems);
    console.log(`ok: ${name} works`);
  } catch (error) {
    await screenshot(`${name}-failed`).catch(() => {});
    exitWithFailure(error.message);
  } finally {
    await browser.close();
  }
}

async function expectNoProblems() {
  const problems = [
    ...[...foreignURLs].map((url) => `request to another origin: ${url}`),
    ...[...leakingURLs].map((url) => `the key in a URL: ${url}`),
    ...browserErrors.map((text) => `error in the browser: ${text}`),
  ];
  if (problems.length) throw new Error(problems.join("\n  "));
}

export async function step(name, run) {
  try {
    await run();
    console.log(`  ${name}`);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

/** Waits until the first element of a locator is visible. */
export function waitForVisible(locator) {
  return locator.first().waitFor();
}

export function expectEqual(name, got, want) {
  if (got !== want) throw new Error(`${name} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** Enters a key in the key bar. */
export async function enterKey(text) {
  await page.getByLabel("API key").fill(text);
  await page.getByRole("button", { name: "Use this key" }).click();
}

/** Checks in which storages of the browser the key is. */
export async function expectStored(...want) {
  const names = ["sessionStorage", "localStorage"];
  const texts = await page.evaluate((names) => names.map((name) => JSON.stringify({ ...window[name] })), names);
  await expectEqual("the storages with the key", names.filter((_, i) => texts[i].includes(secret)).join(), want.join());
}

/** Removes the key and checks that the browser no longer stores it. */
export async function removeKey() {
  await page.getByRole("button", { name: "Remove" }).click();
  await waitForVisible(page.getByRole("alert").filter({ hasText: "Enter an API key or sign in" }));
  await expectStored();
}

/** Writes a screenshot of the page when the test has a folder for screenshots. */
export async function screenshot(name) {
  if (!screenshotFolder) return;
  mkdirSync(screenshotFolder, { recursive: true });
  await page.screenshot({ path: join(screenshotFolder, `${name}.png`) });
}

function exitWithFailure(message) {
  console.error(`failed: ${message}`);
  process.exit(1);
}
