// Tests the app for people in a real browser against a running server with demo data:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret node e2e/app.mjs

import { expectAccessible } from "./axe.mjs";
import { base, expectEqual, page, screenshot, step, test, waitForVisible } from "./browser.mjs";

const widths = [390, 800, 1280];

await test("the app", [401, 404, 503], async () => {
  await step("somebody who is not signed in reads how to sign in", async () => {
    await page.goto(base);
    await expectHeading("You are not signed in");
    await waitForVisible(page.getByText("Open the tool in your course in Canvas."));
    await expectAccessible(page);
    await screenshot("app-1-signed-out");
    await page.getByRole("link", { name: "sign in as a person of the demo" }).click();
    await expectHeading("Demo sign-in");
    await expectAccessible(page);
    await screenshot("demo");
  });

  // The results of the first assignment as each role sees them.
  const roles = {
    teacher: /^\d+ results/,
    "teaching assistant": /^\d+ results/,
    "course designer": /^(none|not published)$/,
    student: /score .+ of /,
  };
  for (const [role, results] of Object.entries(roles)) {
    await step(`a ${role} sees courses, assignments and results`, async () => {
      await signIn(role);
      await openFirst("Your courses");
      const cells = page.getByRole("row").nth(1).getByRole("cell");
      const text = await cells.last().innerText();
      if (!results.test(text)) throw new Error(`the first assignment has the results ${text}, want ${results}`);
      await expectAccessible(page);
      await screenshot(`app-2-${role}-course`);
      await openFirst("Assignments");
      await expectAccessible(page);
      await screenshot(`app-3-${role}-assignment`);
    });
  }

  await step("a student sees the steps of a published result", async () => {
    await waitForVisible(page.getByRole("table", { name: "Steps" }));
    await waitForVisible(page.getByRole("rowheader", { name: "Check files" }));
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      await expectEqual(`the overflow at ${width} px`, await overflow(), 0);
      await screenshot(width === 1280 ? "app" : `app-${width}`);
    }
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  await step("a table scrolls on a narrow screen, and the page does not", async () => {
    await signIn("teacher");
    await openFirst("Your courses");
    await openFirst("Assignments");
    await page.setViewportSize({ width: 390, height: 800 });
    await expectEqual("the overflow", await overflow(), 0);
    await page.getByRole("region", { name: /^Latest results/ }).focus();
    await screenshot("app-4-narrow");
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  await step("the next page of results can be reached with the keyboard", async () => {
    const first = await page.getByRole("rowheader").first().innerText();
    await page.getByRole("link", { name: "Next page" }).focus();
    await page.keyboard.press("Enter");
    await waitForVisible(page.getByRole("link", { name: "First page" }));
    if ((await page.getByRole("rowheader").first().innerText()) === first) throw new Error("the second page is the first page");
  });

  await step("a result of a student has its steps and attempts", async () => {
    await openFirst("Latest results");
    await waitForVisible(page.getByRole("table", { name: "Steps" }));
    await expectAccessible(page);
    await screenshot("app-5-result");
  });

  await step("a student sees a result as soon as the teacher publishes it", async () => {
    await signIn("student");
    await openFirst("Your courses");
    await page.getByRole("row").filter({ hasText: "not published" }).getByRole("link").first().click();
    await waitForVisible(page.getByText("You see your result when the teacher publishes the results."));
    const { href } = new URL(page.url());
    await signIn("teacher");
    await publish(href, true);
    await signIn("student");
    await page.goto(href);
    await waitForVisible(page.getByText("The results are published."));
    await waitForVisible(page.getByText("State", { exact: true }));
    await signIn("teacher");
    await publish(href, false);
  });

  await step("GraphiQL needs no key of a person", async () => {
    await signIn("teacher");
    await page.getByRole("link", { name: "GraphiQL" }).click();
    await waitForVisible(page.getByText("Signed in as"));
    await page.getByRole("tablist").getByRole("button", { name: "WhoAmI", exact: true }).click();
    await page.getByRole("button", { name: /^Execute query/ }).click();
    await waitForVisible(page.getByRole("region", { name: "Result Window" }).getByText('"USER"'));
    await expectAccessible(page, ".bar");
    await screenshot("app-6-graphiql");
  });

  await step("the API page needs no key of a person, also for changes", async () => {
    await page.goto(`${base}/lti/api-doc#/Assignments/assignmentUpdate`);
    await waitForVisible(page.getByText("Signed in as"));
    const operation = page.locator('.opblock[id$="-assignmentUpdate"]');
    await operation.getByRole("textbox").last().fill('{ "paused": false }');
    await operation.getByRole("button", { name: "Execute" }).click();
    const status = operation.locator(".live-responses-table tbody .response-col_status").first();
    await expectEqual("the status", (await status.innerText()).trim(), "200");
    await expectAccessible(page, ".bar");
    await screenshot("app-7-api");
  });

  await step("an unknown assignment has a way out", async () => {
    await page.goto(`${base}/app?assignment=unknown`);
    await expectHeading("Not found");
    await page.getByRole("link", { name: "Courses" }).last().click();
    await waitForVisible(page.getByRole("table", { name: "Your courses" }));
  });

  await step("an unknown page has links", async () => {
    await page.goto(`${base}/unknown/page`);
    await expectHeading("There is nothing here");
    await expectAccessible(page);
    await page.getByRole("link", { name: "Courses, assignments and results" }).click();
    await waitForVisible(page.getByRole("table", { name: "Your courses" }));
  });

  await step("a server that is away or stops is explained, and the page can try again", async () => {
    const graphql = `${base}/graphql`;
    await page.route(graphql, (route) => route.fulfill({ status: 503, body: "<html>" }));
    await page.goto(`${base}/app`);
    await waitForVisible(page.getByRole("alert").filter({ hasText: "The server is not available (status 503)" }));
    await expectAccessible(page);
    await page.unroute(graphql);
    await page.getByRole("button", { name: "Try again" }).click();
    await waitForVisible(page.getByRole("table", { name: "Your courses" }));
  });

  await step("sign-out ends the session", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await expectHeading("You are not signed in");
    await page.goBack();
    await expectHeading("You are not signed in");
  });
});

/** Signs in as a person of the demo with a role. */
async function signIn(role) {
  await page.goto(`${base}/demo`);
  await page.getByRole("button", { name: `Sign in as ${role}`, exact: true }).click();
  await waitForVisible(page.getByRole("table", { name: "Your courses" }));
  await waitForVisible(page.getByText("demo sign-in", { exact: true }));
}

/** Follows the link of the first row of a table, and waits for the next view. */
async function openFirst(caption) {
  const link = page.getByRole("table", { name: new RegExp(`^${caption}`) }).getByRole("rowheader").first().getByRole("link");
  const href = await link.getAttribute("href");
  await link.click();
  await page.waitForURL((url) => url.href.endsWith(href));
  await page.getByRole("navigation", { name: "Breadcrumb" }).waitFor();
  await page.getByRole("status").waitFor({ state: "detached" });
}

/** Publishes an assignment, or takes its results back, as the person who is signed in. */
async function publish(href, published) {
  const id = new URL(href).searchParams.get("assignment");
  const answer = await page.evaluate(async (variables) => {
    const query = "mutation ($id: ID!, $published: Boolean!) { updateAssignment(assignment: { id: $id }, input: { published: $published }) { assignment { published } } }";
    const response = await fetch("graphql", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }) });
    return response.json();
  }, { id, published });
  await expectEqual("whether it is published", answer.data?.updateAssignment.assignment.published, published);
}

function expectHeading(name) {
  return waitForVisible(page.getByRole("heading", { level: 1, name, exact: true }));
}

/** Returns the width of the page that is outside of the window. */
function overflow() {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
