// What the walks through the pages share: a browser, its complaints, and steps that are named.
//
// URL is where the server is, and may have a path. KEY is an API key of it, CHROMIUM the
// browser (/usr/bin/chromium), and SHOTS a folder for screenshots.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { URL: base = "http://127.0.0.1:8080", KEY: key, SHOTS: shots, CHROMIUM: browserPath = "/usr/bin/chromium" } = process.env;
if (!key) fail("Set KEY to an API key of the server: prefix.secret");
export { base, key };
export const secret = key.slice(key.indexOf(".") + 1);

const origin = new globalThis.URL(base).origin;
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: "reduce" });
export const page = await context.newPage();
page.setDefaultTimeout(20_000);

// What must not happen at any time.
const foreign = new Set();
const leaks = new Set();
const complaints = [];
await context.route(
  (url) => url.origin !== origin && !["data:", "blob:"].includes(url.protocol),
  (route) => (foreign.add(route.request().url()), route.abort()),
);
page.on("request", (request) => {
  if (request.url().includes(secret)) leaks.add(request.url());
  if (request.url().startsWith("blob:")) complaints.push(`a request to ${request.url()}`);
});
page.on("pageerror", (error) => complaints.push(error.message));

/**
 * Takes the steps of work, then looks whether anything happened that must not. Prints that
 * the page works, or the first step that failed and why. Failed answers with one of the
 * statuses given are what the steps ask for; any other is a complaint of the browser.
 */
export async function walk(name, statuses, work) {
  const asked = new RegExp(`status of (${statuses.join("|")})\\b`);
  page.on("console", (message) => {
    if (message.type() === "error" && !asked.test(message.text())) complaints.push(message.text());
  });
  try {
    await work();
    await step("nothing came from elsewhere, and the key was in no address", noComplaints);
    console.log(`ok: ${name} works`);
  } catch (error) {
    await shot(`${name}-failed`).catch(() => {});
    fail(error.message);
  } finally {
    await browser.close();
  }
}

async function noComplaints() {
  const problems = [
    ...[...foreign].map((url) => `request to another origin: ${url}`),
    ...[...leaks].map((url) => `the key in an address: ${url}`),
    ...complaints.map((text) => `the browser complains: ${text}`),
  ];
  if (problems.length) throw new Error(problems.join("\n  "));
}

export async function step(name, work) {
  try {
    await work();
    console.log(`  ${name}`);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

export function see(locator) {
  return locator.first().waitFor();
}

export function expect(what, got, want) {
  if (got !== want) throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** Gives a key as a person would. */
export async function give(text) {
  await page.getByLabel("API key").fill(text);
  await page.getByRole("button", { name: "Use this key" }).click();
}

/** Forgets the key, and looks whether it is gone. */
export async function forget() {
  await page.getByRole("button", { name: "Forget" }).click();
  await see(page.getByRole("alert").filter({ hasText: "An API key is needed" }));
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  if (kept.includes(secret)) throw new Error("the key is still in the browser's storage");
}

export async function shot(name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

function fail(message) {
  console.error(`failed: ${message}`);
  process.exit(1);
}
