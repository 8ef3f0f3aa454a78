// Tests the page of the REST API in a real browser against a running server with demo data:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret node e2e/api.mjs

import { readFileSync } from "node:fs";
import { expectAccessible } from "./axe.mjs";
import { base, enterKey, expectEqual, key, page, removeKey, screenshot, secret, step, test, waitForVisible } from "./browser.mjs";

const assignment = { account_pk: "1", course_canvas_id: "1001", assignment_canvas_id: "501" };

await test("the API page", [401, 403], async () => {
  await step("the page opens, describes the API and requests a key", async () => {
    await page.goto(`${base}/lti/api-doc`);
    await expectEqual("the title", await page.title(), "resultgraph · REST API");
    await waitForVisible(page.getByRole("alert").filter({ hasText: "Enter an API key" }));
    await waitForVisible(page.getByRole("heading", { name: /resultgraph/ }));
    await waitForVisible(operation("accountList"));
    const authorizeButtons = page.getByRole("button", { name: /authoriz/i });
    await expectEqual("the number of Authorize buttons", await authorizeButtons.count(), 0);
    await expectAccessible(page);
    await screenshot("api-1-no-key");
  });

  await step("a request with an unknown key returns 403", async () => {
    await enterKey("wrong000.thiskeydoesnotexist");
    await waitForVisible(page.getByRole("alert").filter({ hasText: "The server rejected the API key with the prefix wrong000" }));
    await open("accountList");
    await expectEqual("the status", await execute("accountList"), "403");
    await waitForVisible(operation("accountList").getByText("credentials").first());
    await screenshot("api-2-rejected");
  });

  await step("a valid key, pasted as a header value, is accepted and removes the 403 response", async () => {
    await enterKey(`Api-Key ${key}`);
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await expectEqual("the number of responses", await page.locator(".live-responses-table").count(), 0);
  });

  await step("a request returns the accounts", async () => {
    await expectEqual("the status", await execute("accountList"), "200");
    await waitForVisible(response("accountList").getByText('"name"'));
    await screenshot("api-3-accounts");
  });

  await step("the key survives a reload, and the URL opens the operation", async () => {
    await page.reload();
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await expectEqual("the status", await execute("accountList"), "200");
  });

  await step("the examples are of the caller's data", async () => {
    await open("attemptStep");
    await expectEqual("the status", await execute("attemptStep"), "200");
    const attempt = operation("attemptStep").locator('tr[data-param-name="attempt_attempt"]');
    if ((await attempt.innerText()).includes("demo data")) throw new Error("an own example is said to be of the demo data");
    await open("attemptBundleFile");
    await waitForVisible(operation("attemptBundleFile").getByText("The example is of the demo data."));
  });

  await step("the page shows numbers unchanged", async () => {
    await openAndFill("resultList", assignment);
    await expectEqual("the status", await execute("resultList"), "200");
    const numbers = /(?<=":\s*)[\d.]+(?=\s*[,}])/g;
    const got = (await response("resultList").locator("pre.microlight").first().innerText()).match(numbers);
    const want = String(await fetchDirectly("result/")).match(numbers);
    if (!want.some((number) => number.endsWith(".0"))) throw new Error("the demo data has no number like 10.0");
    await expectEqual("the list of numbers", got.join(), want.join());
    await screenshot("api-4-results");
  });

  await step("a CSV table is downloaded unchanged under its own name", async () => {
    await openAndFill("resultTable", assignment);
    await expectDownload("resultTable", "result/csv/", /\.csv$/);
  });

  await step("a binary bundle is downloaded unchanged under its own name", async () => {
    await openAndFill("resultProduct", { ...assignment, user__canvas_id: "9001" });
    await expectDownload("resultProduct", "result/9001/product/", /\.zip$/);
  });

  await step("GraphiQL uses the same key", async () => {
    await page.getByRole("link", { name: "GraphiQL", exact: true }).click();
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await page.getByRole("link", { name: "REST API", exact: true }).click();
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
  });

  await step("the page works in dark mode", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await openAndFill("resultDetail", { ...assignment, user__canvas_id: "9001" });
    await expectEqual("the status", await execute("resultDetail"), "200");
    await screenshot("api-6-dark");
    await page.emulateMedia({ colorScheme: "light" });
  });

  await step("the page shows a request and its response for the screenshot in docs/", async () => {
    await page.setViewportSize({ width: 1400, height: 1400 });
    await operation("resultDetail").evaluate((element) => scrollBy(0, element.getBoundingClientRect().top - 60));
    await mask(secret);
    await screenshot("api");
  });

  await step("Remove deletes the key and the responses", async () => {
    await removeKey();
    await expectEqual("the number of responses", await page.locator(".live-responses-table").count(), 0);
  });
});

function operation(id) {
  return page.locator(`.opblock[id$="-${id}"]`);
}

function response(id) {
  return operation(id).locator(".live-responses-table");
}

/** Opens an operation by its URL. */
async function open(id) {
  const document = await (await page.request.get(`${base}/lti/api-doc/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const [tag] = operations.find(({ operationId }) => operationId === id).tags;
  await page.goto("about:blank");
  await page.goto(`${base}/lti/api-doc#/${encodeURIComponent(tag)}/${id}`);
  await waitForVisible(operation(id).getByRole("button", { name: "Execute" }));
}

/** Executes an open operation and returns the status that the page shows. */
async function execute(id) {
  await operation(id).getByRole("button", { name: "Execute" }).click();
  await waitForVisible(response(id));
  return (await response(id).locator("tbody .response-col_status").first().innerText()).trim();
}

/** Opens an operation and fills in its parameters. */
async function openAndFill(id, parameters) {
  await open(id);
  for (const [name, value] of Object.entries(parameters)) {
    await operation(id).locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
}

/** Returns the body that the server sends for a path below the assignment, fetched without the page. */
async function fetchDirectly(path) {
  const parent = `account/${assignment.account_pk}/course/${assignment.course_canvas_id}/assignment/${assignment.assignment_canvas_id}`;
  const response = await page.request.get(`${base}/lti/api/${parent}/${path}`, { headers: { Authorization: `Api-Key ${key}` } });
  return response.body();
}

/** Executes an open operation, downloads the file, and checks its name, and compares its content with the server's. */
async function expectDownload(id, path, namePattern) {
  await expectEqual("the status", await execute(id), "200");
  const [download] = await Promise.all([page.waitForEvent("download"), response(id).getByText("Download file").click()]);
  const name = download.suggestedFilename();
  if (!namePattern.test(name)) throw new Error(`the name of the file is ${name}, want a match of ${namePattern}`);
  const content = readFileSync(await download.path());
  if (!content.equals(await fetchDirectly(path))) throw new Error("the file differs from the body that the server sends");
}

/** Replaces a text by dots wherever the page shows it. */
function mask(text) {
  return page.evaluate((hidden) => {
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) nodes.currentNode.data = nodes.currentNode.data.replaceAll(hidden, "••••••");
  }, text);
}
