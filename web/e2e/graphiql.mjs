// Uses GraphiQL as a person would, in a real browser, against a running server:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret npm run e2e
//
// URL may have a path before /graphiql. CHROMIUM is the browser (/usr/bin/chromium), and
// SHOTS a folder for screenshots. Stops at the first step that fails, with what was wrong.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { URL: base = "http://127.0.0.1:8080", KEY: key, SHOTS: shots, CHROMIUM: browserPath = "/usr/bin/chromium" } = process.env;
if (!key) fail("Set KEY to an API key of the server: prefix.secret");
const origin = new globalThis.URL(base).origin;

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: "reduce" });
const page = await context.newPage();
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
  if (request.url().includes(key.slice(key.indexOf(".") + 1))) leaks.add(request.url());
  if (request.url().startsWith("blob:")) complaints.push(`a request to ${request.url()}`);
});
page.on("pageerror", (error) => complaints.push(error.message));
page.on("console", (message) => {
  const refused = /status of 401/.test(message.text()); // asked for by the steps below
  if (message.type() === "error" && !refused) complaints.push(message.text());
});

try {
  await step("the page opens and asks for a key", async () => {
    await page.goto(`${base}/graphiql`);
    await expect("the title", await page.title(), "resultgraph · GraphiQL");
    await see(page.getByRole("alert").filter({ hasText: "An API key is needed" }));
    await expect("the type of the key's field", await page.getByLabel("API key").getAttribute("type"), "password");
    await shot("1-asks");
  });

  await step("what is no key is not sent", async () => {
    await give("no key");
    await see(page.getByRole("alert").filter({ hasText: "This is no API key" }));
  });

  await step("a wrong key is refused in words", async () => {
    await give("wrong000.thiskeydoesnotexist");
    await see(page.getByRole("alert").filter({ hasText: /API key wrong000.+ was not accepted/ }));
    await shot("2-refused");
  });

  await step("the right key, pasted as a whole header, fetches the schema", async () => {
    await give(`Authorization: Api-Key ${key}`);
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
    await see(page.getByText(key.split(".")[0] + ".••••••"));
    await see(docs().getByRole("link", { name: "Query", exact: true }));
  });

  await step("the documentation describes Query and its types", async () => {
    await docs().getByRole("link", { name: "Query", exact: true }).click();
    await see(docs().getByText("Who is calling, and what they may see."));
    await see(docs().getByRole("link", { name: "viewer", exact: true }));
    await docs().getByRole("link", { name: "Account", exact: true }).first().click();
    await see(docs().getByText("The GUID that Canvas gave this account."));
    await shot("3-docs");
  });

  // The last three take variables, of which the demo's may be unknown to this server.
  const examples = { WhoAmI: "viewer", Courses: "canvasGuid", LatestResults: "steps", OneResult: "account", ChangedSince: "pageInfo", PageByPage: "account" };
  for (const [name, member] of Object.entries(examples)) {
    await step(`the example ${name} answers with data`, async () => {
      await page.getByRole("tablist").getByRole("button", { name, exact: true }).click();
      await run(`"${member}"`);
      await shot(`4-${name}`);
    });
  }

  await step("an example opens in a tab of its own from the pane of examples", async () => {
    const tabs = await page.getByRole("tab").count();
    await page.getByRole("button", { name: "Show Examples" }).click();
    await page.getByRole("region", { name: "Examples" }).getByRole("button", { name: /^LatestResults/ }).click();
    await see(page.getByRole("tab").nth(tabs));
    await run('"results"');
    await shot("5-examples");
  });

  await step("the key is kept when the page is loaded again", async () => {
    await page.reload();
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
    await shot("6-reload");
  });

  await step("the key is gone when it is forgotten", async () => {
    await page.getByRole("button", { name: "Forget" }).click();
    await see(page.getByRole("alert").filter({ hasText: "An API key is needed" }));
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    if (kept.includes(key.slice(key.indexOf(".") + 1))) throw new Error("the key is still in the browser's storage");
  });

  await step("nothing came from elsewhere, and the key was in no address", async () => {
    const problems = [
      ...[...foreign].map((url) => `request to another origin: ${url}`),
      ...[...leaks].map((url) => `the key in an address: ${url}`),
      ...complaints.map((text) => `the browser complains: ${text}`),
    ];
    if (problems.length) throw new Error(problems.join("\n  "));
  });
  console.log("ok: GraphiQL works");
} catch (error) {
  await shot("failed").catch(() => {});
  fail(error.message);
} finally {
  await browser.close();
}

async function step(name, work) {
  try {
    await work();
    console.log(`  ${name}`);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

function see(locator) {
  return locator.first().waitFor();
}

function expect(what, got, want) {
  if (got !== want) throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

function docs() {
  return page.getByRole("region", { name: "Documentation Explorer" });
}

async function give(text) {
  await page.getByLabel("API key").fill(text);
  await page.getByRole("button", { name: "Use this key" }).click();
}

/** Runs the query of the open tab and waits for an answer with data, which has text in it. */
async function run(text) {
  await page.getByRole("button", { name: /^Execute query/ }).click();
  const answer = page.getByRole("region", { name: "Result Window" });
  await see(answer.getByText('"data"').or(answer.getByText('"errors"')));
  const shown = await answer.innerText();
  if (shown.includes('"errors"')) throw new Error(`the answer has errors:\n${shown}`);
  if (!shown.includes(text)) throw new Error(`the answer lacks ${text}:\n${shown}`);
}

async function shot(name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

function fail(message) {
  console.error(`failed: ${message}`);
  process.exit(1);
}
