// Reads the results of a course that changed since the last poll, page by page.

import { execute } from "./client.js";
import { ChangedResultsDocument, type ChangedResultsQuery } from "./gql/graphql.js";

type Page = NonNullable<NonNullable<ChangedResultsQuery["account"]>["course"]>["results"];
type Result = Page["nodes"][number];

const all = await changedResults(0);
console.log(`${all.length} results`);
const latest = all.at(-1)?.sequenceId ?? 0; // a number, like every BigInt
console.log(`${(await changedResults(latest)).length} of them changed since the last poll`);
all.slice(0, 3).forEach(printResult);

/** Returns all results that changed after the sequence id, the last change at the end. */
async function changedResults(since: number): Promise<Result[]> {
  const results: Result[] = [];
  let after: string | null = null;
  do {
    const page = await changedPage(since, after);
    results.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return results;
}

async function changedPage(since: number, after: string | null): Promise<Page> {
  const { account } = await execute(ChangedResultsDocument, { account: 1, course: 1003, since, first: 100, after });
  if (!account?.course) {
    throw new Error("The key has no access to the course.");
  }
  return account.course.results;
}

function printResult({ assignment, attempt, submittedAt, score, previewUrl, steps }: Result) {
  console.log(`${assignment.name}, attempt ${attempt} of ${new Date(submittedAt).toISOString()}: score ${score ?? "-"}`);
  console.log(`  ${previewUrl && new URL(previewUrl).hostname}`);
  for (const { taskId, outcome, details } of steps) {
    console.log(`  ${taskId}: ${outcome ?? "-"}, details: ${countMembers(details)} members`);
  }
}

/** The scalar JSON is unknown to TypeScript, so that a program must check it. */
function countMembers(json: unknown): number {
  return json !== null && typeof json === "object" ? Object.keys(json).length : 0;
}
