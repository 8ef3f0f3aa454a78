// Checks the accessibility of a page with axe-core.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails if axe-core finds a serious or critical violation in a page, or in the parts of it that a selector matches. */
export async function expectAccessible(page, selector = "html") {
  await page.evaluate(source);
  const violations = await page.evaluate(async (selector) => (await axe.run(selector)).violations, selector);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const texts = serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
  if (texts.length) throw new Error(`axe-core finds in ${page.url()}:\n  ${texts.join("\n  ")}`);
}
