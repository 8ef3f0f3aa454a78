import { Table } from "../Table";
import { formatRoles } from "./format";
import { graphql } from "./graphql";
import { Heading } from "./Heading";
import { personFields, Shell } from "./Shell";
import { Pager } from "./Pager";
import { useQuery } from "./useQuery";

const query = graphql(
  `query Courses($after: String) {
    viewer {
      ...PersonFields
      courses(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id code name viewerRoles assignments(first: 0) { totalCount } }
      }
    }
  }`,
  [personFields],
);

/** The courses of the person. */
export function CoursesView({ after }: { after: string | null }) {
  return (
    <Shell query={useQuery(query, { after })}>
      {({ viewer: { courses } }) => (
        <>
          <Heading title="Courses" />
          <Table
            caption="Your courses"
            columns={["Course", "Code", "Your role", "Assignments"]}
            rows={courses.nodes.map(({ id, name, code, viewerRoles, assignments }) => ({
              key: id,
              cells: [<a href={`app?course=${id}`}>{name}</a>, code, formatRoles(viewerRoles), assignments.totalCount],
            }))}
            empty="You have no role in a course here. If you should have one, ask your teacher to check your enrollment in Canvas, and open the tool again."
          />
          <Pager pageInfo={courses.pageInfo} after={after} />
        </>
      )}
    </Shell>
  );
}
