// Uses GraphiQL as a person would, in a real browser, against a running server:
//
//   URL=http://127.0.0.1:8080 KEY=prefix.secret node e2e/graphiql.mjs

import { base, expect, forget, give, key, page, see, shot, step, walk } from "./browser.mjs";

await walk("GraphiQL", [401], async () => {
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

  await step("the key is gone when it is forgotten", forget);
});

function docs() {
  return page.getByRole("region", { name: "Documentation Explorer" });
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
