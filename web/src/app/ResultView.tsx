import { Table } from "../Table";
import { FailureMessage } from "./FailureMessage";
import { formatScore, formatState, formatTime, plainText } from "./format";
import { graphql, type FragmentOf, type ResultOf } from "./graphql";
import { courses, Heading, NotFound } from "./Heading";
import type { ViewProps } from "./Page";
import { personFields, Shell } from "./Shell";
import { useQuery } from "./useQuery";

const resultFields = graphql(`
  fragment ResultFields on Result {
    id attempt submittedAt isLate state label summary score maxScore
    user { name }
    group { name }
    attempts { id attempt }
    steps { id taskId label outcome accepted score maxScore summary secret hidden }
  }
`);

const viewQuery = graphql(
  `query Result($id: ID!) {
    viewer { ...PersonFields }
    node(id: $id) {
      __typename
      ... on Result {
        ...ResultFields
        assignment { id name course { id name } }
      }
    }
  }`,
  [personFields, resultFields],
);

/** One result with its steps. */
export function ResultView({ id }: ViewProps) {
  return (
    <Shell query={useQuery(viewQuery, { id })}>
      {({ node }) => (node?.__typename === "Result" ? <ResultPage result={node} /> : <NotFound type="result" />)}
    </Shell>
  );
}

type ResultNode = Extract<ResultOf<typeof viewQuery>["node"], { __typename: "Result" }>;

function ResultPage({ result }: { result: ResultNode }) {
  const { assignment } = result;
  const { course } = assignment;
  const parents = [
    courses,
    { href: `app?course=${course.id}`, name: course.name },
    { href: `app?assignment=${assignment.id}`, name: assignment.name },
  ];
  return (
    <>
      <Heading title={`Attempt ${result.attempt} of ${result.user.name}`} parents={parents} />
      <Result result={result} />
    </>
  );
}

const detailsQuery = graphql(`query ResultDetails($id: ID!) { node(id: $id) { __typename ... on Result { ...ResultFields } } }`, [resultFields]);

/** A result with its steps as a part of another view. */
export function ResultDetails({ id }: { id: string }) {
  const { data, failure } = useQuery(detailsQuery, { id });
  if (failure) return <FailureMessage failure={failure} />;
  if (!data) return <p role="status">Loading …</p>;
  return data.node?.__typename === "Result" ? <Result result={data.node} /> : null;
}

type Result = FragmentOf<typeof resultFields>;

function Result({ result }: { result: Result }) {
  const { group, user, attempts } = result;
  const facts = {
    [group.length ? "Group" : "Student"]: group.length ? group.map(({ name }) => name).join(", ") : user.name,
    State: formatState(result),
    Remark: plainText(result.summary),
    Score: formatScore(result),
    Submitted: formatTime(result.submittedAt) + (result.isLate ? ", late" : ""),
    Attempt: attempts.length > 1 ? <Attempts current={result} /> : result.attempt,
  };
  return (
    <>
      <dl>
        {Object.entries(facts).map(([name, value]) => value !== "" && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Steps steps={result.steps} />
    </>
  );
}

function Attempts({ current: { id, attempts } }: { current: Result }) {
  return attempts.map((other) => (
    <a key={other.id} href={`app?result=${other.id}`} aria-current={other.id === id ? "page" : undefined} aria-label={`Attempt ${other.attempt}`}>
      {other.attempt}
    </a>
  ));
}

const outcomes = { PASS: "Passed", FAIL: "Failed", SKIP: "Did not run", ERROR: "Error" };

function Steps({ steps }: Pick<Result, "steps">) {
  return (
    <Table
      caption="Steps"
      columns={["Step", "Outcome", "Score", "Remark"]}
      rows={steps.map((step) => ({
        key: step.id,
        cells: [
          (step.label || step.taskId) + (step.secret || step.hidden ? " (not for students)" : ""),
          step.outcome ? outcomes[step.outcome] : step.accepted ? "Passed" : "Failed",
          formatScore(step),
          plainText(step.summary),
        ],
      }))}
      empty="This result has no steps that you may see."
    />
  );
}
