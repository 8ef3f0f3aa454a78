// Prints the dashboard of a course, which is one request.

import { execute } from "./client.js";
import { DashboardDocument, type DashboardQuery } from "./gql/graphql.js";

type Course = NonNullable<NonNullable<DashboardQuery["account"]>["course"]>;
type Assignment = Course["assignments"]["nodes"][number];

const { account } = await execute(DashboardDocument, { account: 1, course: 1003 });
if (!account?.course) {
  throw new Error("The key has no access to the course.");
}
printCourse(account.course);

function printCourse({ name, activity, assignments }: Course) {
  console.log(name);
  for (const { date, count, students } of activity) {
    console.log(`  week of ${date}: ${count} submissions of ${students} students`);
  }
  assignments.nodes.forEach(printAssignment);
}

function printAssignment({ name, results: { stats, groups }, stepStats, attemptsUntilPass }: Assignment) {
  console.log(`\n${name}: ${percent(stats.passRate)} of ${stats.count} results passed`);
  console.log(`  percentages by tens: ${stats.scorePercent.histogram.counts?.join(" ") ?? "-"}`);
  for (const { key, stats } of groups.nodes) {
    console.log(`  ${key.section?.name ?? "no section"}: ${percent(stats.passRate)} of ${stats.count}`);
  }
  for (const { taskId, passRate, count } of stepStats) {
    console.log(`  ${taskId}: ${percent(passRate)} of ${count}`);
  }
  const attempts = attemptsUntilPass?.buckets.map(({ attempts, students }) => `${students} after ${attempts}`) ?? [];
  console.log(`  attempts until pass: ${attempts.join(", ")}; ${attemptsUntilPass?.notPassed} not passed`);
}

/** Figures that are not defined are null. */
function percent(rate: number | null): string {
  return rate === null ? "-" : `${(100 * rate).toFixed(1)} %`;
}
