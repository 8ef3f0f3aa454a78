// Uses the page of the REST API as a person would, in a real browser, against a running
// server on demo data:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret node e2e/api.mjs

import { readFileSync } from "node:fs";
import { base, expect, forget, give, key, page, secret, see, shot, step, walk } from "./browser.mjs";

const assignment = { account_pk: "1", course_canvas_id: "1001", assignment_canvas_id: "501" };

await walk("the API page", [401, 403], async () => {
  await step("the page opens, describes the API and asks for a key", async () => {
    await page.goto(`${base}/lti/api-doc`);
    await expect("the title", await page.title(), "resultgraph · REST API");
    await see(page.getByRole("alert").filter({ hasText: "An API key is needed" }));
    await see(page.getByRole("heading", { name: /resultgraph/ }));
    await see(operation("accountList"));
    await expect("the number of Authorize buttons", await page.getByRole("button", { name: /authoriz/i }).count(), 0);
    await shot("api-1-asks");
  });

  await step("a call with a wrong key is a 403", async () => {
    await give("wrong000.thiskeydoesnotexist");
    await see(page.getByRole("alert").filter({ hasText: /API key wrong000.+ was not accepted/ }));
    await open("accountList");
    await expect("the answer", await execute("accountList"), "403");
    await see(operation("accountList").getByText("credentials").first());
    await shot("api-2-refused");
  });

  await step("the right key, pasted as a header's value, is accepted, and the refusal is gone", async () => {
    await give(`Api-Key ${key}`);
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
    await expect("the number of answers", await page.locator(".live-responses-table").count(), 0);
  });

  await step("a call answers with the accounts", async () => {
    await expect("the answer", await execute("accountList"), "200");
    await see(answer("accountList").getByText('"name"'));
    await shot("api-3-accounts");
  });

  await step("the key is kept when the page is loaded again, and the address leads to the operation", async () => {
    await page.reload();
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
    await expect("the answer", await execute("accountList"), "200");
  });

  await step("numbers are shown as they were sent", async () => {
    await fill("resultList", assignment);
    await expect("the answer", await execute("resultList"), "200");
    const numbers = /(?<=":\s*)[\d.]+(?=\s*[,}])/g;
    const shown = (await answer("resultList").locator("pre.microlight").first().innerText()).match(numbers);
    const wanted = String(await sent("result/")).match(numbers);
    if (!wanted.some((n) => n.endsWith(".0"))) throw new Error("the demo has no number like 10.0");
    await expect("the numbers", shown.join(), wanted.join());
    await shot("api-4-results");
  });

  await step("a table can be saved under its own name, and is what was sent", async () => {
    await fill("resultTable", assignment);
    await saves("resultTable", "result/csv/", /\.csv$/);
  });

  await step("so can a bundle, which is not text", async () => {
    await fill("resultProduct", { ...assignment, user__canvas_id: "9001" });
    await saves("resultProduct", "result/9001/product/", /\.zip$/);
  });

  await step("what is planned says so", async () => {
    await open("userPrefs");
    const [shown, folded] = ["userPrefs", "userState"].map((id) => operation(id).getByText("planned", { exact: true }));
    await see(shown);
    await see(folded);
    await folded.scrollIntoViewIfNeeded();
    await expect("the number of marks on what works", await operation("assignmentList").getByText("planned").count(), 0);
    await shot("api-5-planned");
  });

  await step("GraphiQL has the same key", async () => {
    await page.getByRole("link", { name: "GraphiQL", exact: true }).click();
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
    await page.getByRole("link", { name: "REST API", exact: true }).click();
    await see(page.getByRole("status").filter({ hasText: "accepted" }));
  });

  await step("it is readable in the dark", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await fill("resultDetail", { ...assignment, user__canvas_id: "9001" });
    await expect("the answer", await execute("resultDetail"), "200");
    await shot("api-6-dark");
    await page.emulateMedia({ colorScheme: "light" });
  });

  await step("the picture of the README is taken", async () => {
    await page.setViewportSize({ width: 1400, height: 1400 });
    await operation("resultDetail").evaluate((block) => scrollBy(0, block.getBoundingClientRect().top - 60));
    await hide(secret);
    await shot("api");
  });

  await step("the key is gone when it is forgotten, and so are the answers", async () => {
    await forget();
    await expect("the number of answers", await page.locator(".live-responses-table").count(), 0);
  });
});

function operation(id) {
  return page.locator(`.opblock[id$="-${id}"]`);
}

function answer(id) {
  return operation(id).locator(".live-responses-table");
}

/** Opens an operation by its address. */
async function open(id) {
  const document = await (await page.request.get(`${base}/lti/api-doc/openapi.json`)).json();
  const [tag] = Object.values(document.paths).flatMap((path) => Object.values(path)).find((o) => o.operationId === id).tags;
  await page.goto("about:blank");
  await page.goto(`${base}/lti/api-doc#/${encodeURIComponent(tag)}/${id}`);
  await see(operation(id).getByRole("button", { name: "Execute" }));
}

/** Executes an open operation, and returns the status that is shown. */
async function execute(id) {
  await operation(id).getByRole("button", { name: "Execute" }).click();
  await see(answer(id));
  return (await answer(id).locator("tbody .response-col_status").first().innerText()).trim();
}

/** Opens an operation and gives it parameters. */
async function fill(id, parameters) {
  await open(id);
  for (const [name, value] of Object.entries(parameters)) {
    await operation(id).locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
}

/** Returns what the server sends of the assignment, fetched without the page. */
async function sent(path) {
  const at = `account/${assignment.account_pk}/course/${assignment.course_canvas_id}/assignment/${assignment.assignment_canvas_id}`;
  const response = await page.request.get(`${base}/lti/api/${at}/${path}`, { headers: { Authorization: `Api-Key ${key}` } });
  return response.body();
}

/** Executes an open operation, saves the file that it offers, and compares that with what the server sends. */
async function saves(id, path, name) {
  await expect("the answer", await execute(id), "200");
  const [saved] = await Promise.all([page.waitForEvent("download"), answer(id).getByText("Download file").click()]);
  if (!name.test(saved.suggestedFilename())) throw new Error(`it is called ${saved.suggestedFilename()}`);
  if (!readFileSync(await saved.path()).equals(await sent(path))) throw new Error("it is not what was sent");
}

/** Puts dots in place of a text wherever the page shows it. */
function hide(text) {
  return page.evaluate((hidden) => {
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) nodes.currentNode.data = nodes.currentNode.data.replaceAll(hidden, "••••••");
  }, text);
}
