import { Table } from "../Table";
import { formatScore, formatState, formatTime } from "./format";
import { graphql, type ResultOf } from "./graphql";
import { courses, Heading, NotFound } from "./Heading";
import type { ViewProps } from "./Page";
import { ResultDetails } from "./ResultView";
import { personFields, Shell } from "./Shell";
import { Pager } from "./Pager";
import { useQuery } from "./useQuery";

const query = graphql(
  `query Assignment($id: ID!, $after: String) {
    viewer { ...PersonFields }
    node(id: $id) {
      __typename
      ... on Assignment {
        name dueAt published
        course { id name viewerRoles }
        results(first: 50, after: $after, orderBy: [{ field: SORTABLE_NAME }]) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { id attempt submittedAt state label score maxScore user { name } }
        }
      }
    }
  }`,
  [personFields],
);

/** The latest result of each student for an assignment. */
export function AssignmentView({ id, after }: ViewProps) {
  return (
    <Shell query={useQuery(query, { id, after })}>
      {({ node }) =>
        node?.__typename === "Assignment" ? <Assignment assignment={node} after={after} /> : <NotFound type="assignment" />
      }
    </Shell>
  );
}

type Assignment = Extract<ResultOf<typeof query>["node"], { __typename: "Assignment" }>;

function Assignment({ assignment: { name, dueAt, published, course, results }, after }: { assignment: Assignment; after: string | null }) {
  const [first] = results.nodes;
  return (
    <>
      <Heading title={name} parents={[courses, { href: `app?course=${course.id}`, name: course.name }]} />
      <p>
        {dueAt && `Due ${formatTime(dueAt)}. `}
        {published ? "The results are published." : "The results are not published."}
      </p>
      {first && results.totalCount === 1 ? <ResultDetails id={first.id} /> : <Results results={results} empty={explainEmpty(course.viewerRoles, published)} />}
      <Pager pageInfo={results.pageInfo} after={after} />
    </>
  );
}

/** Says why a person with roles sees no results. */
function explainEmpty(roles: Assignment["course"]["viewerRoles"], published: boolean): string {
  if (roles.includes("TEACHER") || roles.includes("TA")) return "Nobody has submitted yet.";
  if (!roles.includes("STUDENT")) return "Course designers do not see results.";
  return published ? "You have no result yet." : "You see your result when the teacher publishes the results.";
}

function Results({ results, empty }: Pick<Assignment, "results"> & { empty: string }) {
  return (
    <Table
      caption={`Latest results: ${results.totalCount}`}
      columns={["Student", "State", "Score", "Attempt", "Submitted"]}
      rows={results.nodes.map((result) => ({
        key: result.id,
        cells: [
          <a href={`app?result=${result.id}`}>{result.user.name}</a>,
          formatState(result),
          formatScore(result),
          result.attempt,
          formatTime(result.submittedAt),
        ],
      }))}
      empty={empty}
    />
  );
}
