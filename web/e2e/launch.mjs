// Tests launches from Canvas in a real browser. TestLaunchInBrowser runs it, and serves Canvas and the tool. In HOSTS
// are the rules by which the browser finds them. The tool is in a frame of Canvas, which is of another site.

import { chromium } from "playwright-core";

const { HOSTS: hosts, CHROMIUM: executablePath = "/usr/bin/chromium" } = process.env;
const canvas = "https://canvas.example.edu/course";
const authentication = "https://sso.example.edu/api/lti/**";

// All frames are in one process: Playwright sometimes loses a frame that moves between processes while it is redirected.
const inOneProcess = "--disable-site-isolation-trials";

await launch("cookies are allowed", [], expectResult);

await launch("cookies of other sites are blocked", ["--test-third-party-cookie-phaseout"], async (page) => {
  await expectBlockedCookies(page);
  await expectResult(page);
});

await launch("the cookie of the login is lost, and the storage of Canvas has the secret", [], expectResult, loseCookies);

await launch("the cookie of the login is lost, and the storage of Canvas does not answer", [], async (page) => {
  const tool = page.frameLocator("[name=tool]");
  await tool.getByRole("heading", { name: "Your browser blocks cookies here" }).waitFor();
  await expectResultInWindow(page, tool);
}, async (page) => {
  await loseCookies(page);
  await page.route("https://sso.example.edu/storage", (route) => route.fulfill({ contentType: "text/html", body: "" }));
});

await launch("the cookie of the session is lost", [], async (page) => {
  await expectResult(page);
  await page.context().clearCookies();
  const tool = page.frameLocator("[name=tool]");
  await tool.getByRole("link", { name: "Courses" }).first().click();
  await tool.getByRole("heading", { name: "You are not signed in" }).waitFor();
  await expectResultInWindow(page, tool);
});

/** Opens a page of Canvas with the tool in a browser with arguments, after some preparations, and checks it. */
async function launch(name, args, check, prepare = async () => {}) {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", inOneProcess, "--ignore-certificate-errors", `--host-resolver-rules=${hosts}`, ...args],
  });
  try {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    page.setDefaultTimeout(20_000);
    await prepare(page);
    await page.goto(canvas);
    await check(page);
    console.log(`ok: ${name}`);
  } catch (error) {
    const frames = browser.contexts().flatMap((context) => context.pages()).flatMap((page) => page.frames());
    const texts = await Promise.all(frames.map(async (frame) => `${frame.url()}: ${await frame.locator("body").innerText().catch(String)}`));
    console.error(`failed: ${name}: ${error.message}\n${texts.join("\n")}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** Deletes the cookies of the login while Canvas authenticates, as a browser does that blocks cookies in frames. */
async function loseCookies(page) {
  let isFirst = true;
  await page.route(authentication, async (route) => {
    if (isFirst) await page.context().clearCookies();
    isFirst = false;
    await route.continue();
  });
}

/** Waits for the result of the launched assignment in the frame. */
function expectResult(page) {
  return expectSteps(page.frameLocator("[name=tool]"));
}

function expectSteps(place) {
  return place.getByRole("table", { name: "Steps" }).waitFor();
}

/** Opens the tool in a new window, and waits for the result of the launched assignment. */
async function expectResultInWindow(page, tool) {
  const [opened] = await Promise.all([
    page.waitForEvent("popup"),
    tool.getByRole("button", { name: "Open in a new window" }).click(),
  ]);
  await expectSteps(opened);
}

/** Fails if the browser stores a cookie of another site that is not partitioned. */
async function expectBlockedCookies(page) {
  const tool = page.frames().find((frame) => frame.name() === "tool");
  await expectResult(page);
  const stored = await tool.evaluate(() => {
    document.cookie = "probe=1; SameSite=None; Secure";
    document.cookie = "partitioned=1; SameSite=None; Secure; Partitioned";
    return ["probe", "partitioned"].map((name) => document.cookie.includes(`${name}=1`)).join();
  });
  if (stored !== "false,true") throw new Error(`the browser stores cookies: ${stored}, want false,true`);
}
