import { Table } from "../Table";
import { formatScore, formatState, formatTime } from "./format";
import { graphql, type ResultOf } from "./graphql";
import { courses, Heading, NotFound } from "./Heading";
import type { ViewProps } from "./Page";
import { personFields, Shell } from "./Shell";
import { Pager } from "./Pager";
import { useQuery } from "./useQuery";

const query = graphql(
  `query Course($id: ID!, $after: String) {
    viewer { ...PersonFields }
    node(id: $id) {
      __typename
      ... on Course {
        name
        assignments(first: 50, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes {
            id name dueAt published
            results(first: 1) { totalCount nodes { state label score maxScore } }
          }
        }
      }
    }
  }`,
  [personFields],
);

/** The assignments of a course. */
export function CourseView({ id, after }: ViewProps) {
  return (
    <Shell query={useQuery(query, { id, after })}>
      {({ node }) => (node?.__typename === "Course" ? <Course course={node} after={after} /> : <NotFound type="course" />)}
    </Shell>
  );
}

type Course = Extract<ResultOf<typeof query>["node"], { __typename: "Course" }>;
type Assignment = Course["assignments"]["nodes"][number];

function Course({ course: { name, assignments }, after }: { course: Course; after: string | null }) {
  const hasDue = assignments.nodes.some(({ dueAt }) => dueAt);
  return (
    <>
      <Heading title={name} parents={[courses]} />
      <Table
        caption="Assignments"
        columns={["Assignment", ...(hasDue ? ["Due"] : []), "Results"]}
        rows={assignments.nodes.map((assignment) => ({
          key: assignment.id,
          cells: [
            <a href={`app?assignment=${assignment.id}`}>{assignment.name}</a>,
            ...(hasDue ? [formatTime(assignment.dueAt)] : []),
            summarize(assignment),
          ],
        }))}
        empty="This course has no assignments yet."
      />
      <Pager pageInfo={assignments.pageInfo} after={after} />
    </>
  );
}

/** Says what results the person sees: the result itself if it is the only one, as for students. */
function summarize({ published, results: { totalCount, nodes } }: Assignment): string {
  const [first] = nodes;
  if (!first) return published ? "none" : "not published";
  const text = totalCount === 1 ? `${formatState(first)}, score ${formatScore(first)}` : `${totalCount} results`;
  return published ? text : `${text}, not published`;
}
