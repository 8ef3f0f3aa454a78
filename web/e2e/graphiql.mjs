// Tests GraphiQL in a real browser against a running server:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret node e2e/graphiql.mjs

import { readFileSync } from "node:fs";
import { expectAccessible } from "./axe.mjs";
import { base, context, enterKey, expectEqual, expectStored, key, page, removeKey, screenshot, step, test, waitForVisible } from "./browser.mjs";

await test("GraphiQL", [401], async () => {
  await step("the page opens and requests a key", async () => {
    await page.goto(`${base}/graphiql`);
    await expectEqual("the title", await page.title(), "resultgraph · GraphiQL");
    await waitForVisible(page.getByRole("alert").filter({ hasText: "Enter an API key" }));
    await expectEqual("the type of the key field", await page.getByLabel("API key").getAttribute("type"), "password");
    await expectAccessible(page, ".bar");
    await screenshot("graphiql-1-no-key");
  });

  await step("a malformed key is not sent", async () => {
    await enterKey("no key");
    await waitForVisible(page.getByRole("alert").filter({ hasText: "This is not an API key" }));
  });

  await step("the page explains that the server rejects an unknown key", async () => {
    await enterKey("wrong000.thiskeydoesnotexist");
    await waitForVisible(page.getByRole("alert").filter({ hasText: "The server rejected the API key with the prefix wrong000" }));
    await screenshot("graphiql-2-rejected");
  });

  await step("a valid key, pasted as a whole header, loads the schema", async () => {
    await enterKey(`Authorization: Api-Key ${key}`);
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await waitForVisible(page.getByText(key.split(".")[0] + ".••••••"));
    const button = page.getByRole("button", { name: "Show Documentation Explorer" });
    await button.click();
    await waitForVisible(docs().getByRole("link", { name: "Query", exact: true }));
  });

  await step("the documentation shows the descriptions of the schema", async () => {
    await docs().getByRole("link", { name: "Query", exact: true }).click();
    await waitForVisible(docs().getByText(await fieldDescription("Query", "viewer")));
    await waitForVisible(docs().getByRole("link", { name: "viewer", exact: true }));
    await docs().getByRole("link", { name: "Account", exact: true }).first().click();
    await waitForVisible(docs().getByText(await fieldDescription("Account", "canvasGuid")));
    await screenshot("graphiql-3-docs");
    await page.getByRole("button", { name: "Hide Documentation Explorer" }).click();
  });

  // The examples have ids of the caller's data, so that they have an answer.
  const examples = {
    WhoAmI: "viewer",
    Courses: "canvasGuid",
    LatestResults: "steps",
    OneResult: "steps",
    ChangedResults: "pageInfo",
    PaginatedResults: "endCursor",
    Dashboard: "activity",
    PublishResults: "version",
  };
  for (const [name, field] of Object.entries(examples)) {
    await step(`the example ${name} returns data`, async () => {
      await page.getByRole("tablist").getByRole("button", { name, exact: true }).click();
      await executeQuery(`"${field}"`);
      await screenshot(`graphiql-4-${name}`);
    });
  }

  await step("the answer is a table, and a CSV file", async () => {
    await page.getByRole("tablist").getByRole("button", { name: "LatestResults", exact: true }).click();
    await executeQuery('"steps"');
    const footer = page.getByRole("region", { name: "Answer as a table" });
    await footer.getByRole("button", { name: "Table" }).click();
    await waitForVisible(footer.getByRole("columnheader", { name: "assignments.results.steps.taskId", exact: true }));
    await expectAccessible(page, ".answer-footer");
    await screenshot("graphiql-5-table");
    const rows = await footer.getByRole("row").count();
    const [download] = await Promise.all([page.waitForEvent("download"), footer.getByRole("button", { name: "Save as CSV" }).click()]);
    const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
    expectEqual("the name of the file", download.suggestedFilename(), "answer.csv");
    if (lines.length < rows || !lines[0].includes(",assignments.results.user.name,")) throw new Error(`the file begins with ${lines[0]}`);
    await footer.getByRole("button", { name: "Table" }).click();
  });

  await step("the explorer shows the fields of the query", async () => {
    await page.getByRole("tablist").getByRole("button", { name: "WhoAmI", exact: true }).click();
    await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
    await waitForVisible(page.locator(".graphiql-explorer-root").getByText("viewer", { exact: true }));
    await screenshot("graphiql-5-explorer");
    await page.getByRole("button", { name: "Hide GraphiQL Explorer" }).click();
  });

  await step("the editor and the answer have the width, and are below each other on a narrow screen", async () => {
    await page.getByRole("tablist").getByRole("button", { name: "LatestResults", exact: true }).first().click();
    for (const [width, height] of [[1280, 800], [800, 800], [390, 1000]]) {
      await page.setViewportSize({ width, height });
      const [editor, answer] = [".graphiql-editors", ".graphiql-response"].map((name) => page.locator(name));
      const [left, right] = [await editor.boundingBox(), await answer.boundingBox()];
      const isStacked = right.y >= left.y + left.height;
      expectEqual(`whether the panes are stacked at ${width} px`, isStacked, width < 800);
      const used = isStacked ? left.width : left.width + right.width;
      if (used < 0.85 * width) throw new Error(`editor and answer have ${used} of ${width} px`);
      await screenshot(`graphiql-${width}`);
      await answer.scrollIntoViewIfNeeded();
      await screenshot(`graphiql-${width}-answer`);
    }
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  await step("the Examples pane opens an example in a new tab", async () => {
    const tabs = await page.getByRole("tab").count();
    await page.getByRole("button", { name: "Show Examples" }).click();
    await page.getByRole("region", { name: "Examples" }).getByRole("button", { name: /^LatestResults/ }).click();
    await waitForVisible(page.getByRole("tab").nth(tabs));
    await executeQuery('"results"');
    await expectAccessible(page, ".examples");
    await screenshot("graphiql-5-examples");
  });

  await step("the page shows an example and its response for the screenshot in docs/", async () => {
    await page.getByRole("tablist").getByRole("button", { name: "LatestResults", exact: true }).first().click();
    await page.getByRole("button", { name: "Hide editor tools" }).click();
    await waitForVisible(page.getByRole("region", { name: "Result Window" }).getByText('"data"'));
    await page.mouse.move(700, 10);
    await page.setViewportSize({ width: 1280, height: 800 });
    await screenshot("graphiql");
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  await step("the key survives a reload, and is not in another tab", async () => {
    await page.reload();
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await screenshot("graphiql-6-reload");
    await expectStored("sessionStorage");
    const otherTab = await context.newPage();
    await otherTab.goto(`${base}/graphiql`);
    await waitForVisible(otherTab.getByRole("alert").filter({ hasText: "Enter an API key" }));
    await otherTab.close();
  });

  await step("the browser keeps the key if the user asks for it", async () => {
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Keep on this device").check();
    await enterKey(key);
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await expectStored("localStorage");
    const otherTab = await context.newPage();
    await otherTab.goto(`${base}/graphiql`);
    await waitForVisible(otherTab.getByRole("status").filter({ hasText: "accepted" }));
    await otherTab.close();
  });

  await step("without the request the next key is for this tab only", async () => {
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Keep on this device").uncheck();
    await enterKey(key);
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await expectStored("sessionStorage");
  });

  await step("Remove deletes the key", removeKey);

  await step("a key that an old version stored unasked is moved to this tab", async () => {
    await page.evaluate((key) => localStorage.setItem("resultgraph:api-key", key), key);
    await page.reload();
    await waitForVisible(page.getByRole("status").filter({ hasText: "accepted" }));
    await expectStored("sessionStorage");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    expectEqual("the box", await page.getByLabel("Keep on this device").isChecked(), false);
    await page.getByRole("button", { name: "Cancel" }).click();
    await removeKey();
  });
});

function docs() {
  return page.getByRole("region", { name: "Documentation Explorer" });
}

/** Returns the description of a field, fetched from the server without the page. */
async function fieldDescription(type, field) {
  const response = await page.request.post(`${base}/graphql`, {
    headers: { Authorization: `Api-Key ${key}` },
    data: { query: "query ($type: String!) { __type(name: $type) { fields { name description } } }", variables: { type } },
  });
  const { data } = await response.json();
  const { description } = data.__type.fields.find(({ name }) => name === field);
  if (!description) throw new Error(`${type}.${field} has no description`);
  return description.split("\n")[0];
}

/** Executes the query of the open tab, waits for the response, and checks that it has no errors and contains a text. */
async function executeQuery(text) {
  await page.getByRole("button", { name: /^Execute query/ }).click();
  const resultWindow = page.getByRole("region", { name: "Result Window" });
  await waitForVisible(resultWindow.getByText('"data"').or(resultWindow.getByText('"errors"')));
  const response = await resultWindow.innerText();
  if (response.includes('"errors"')) throw new Error(`the response has errors:\n${response}`);
  if (!response.includes(text)) throw new Error(`the response does not contain ${text}:\n${response}`);
}
