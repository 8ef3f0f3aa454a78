// Ids of the caller's own data, for examples.

import { authorization } from "./caller";
import { parseLosslessly } from "./losslessJSON";

/** Ids as JSON texts by the name of their object, such as "course" for its id in Canvas. Missing objects do not exist. */
export type OwnIDs = Partial<
  Record<"account" | "accountGUID" | "course" | "assignment" | "assignmentID" | "user" | "attempt" | "step", string>
>;

const query = `{
  viewer {
    courses(first: 5) {
      nodes {
        canvasId
        account { momotorId canvasGuid }
        assignments(first: 20) {
          nodes { id canvasId results(first: 1) { nodes { attempt user { canvasId } steps { taskId } } } }
        }
      }
    }
  }
}`;

type Nodes<T> = { nodes?: T[] };
type Result = { attempt: unknown; user: { canvasId: unknown }; steps: { taskId: unknown }[] };
type Assignment = { id: unknown; canvasId: unknown; results?: Nodes<Result> };
type Course = { canvasId: unknown; account: { momotorId: unknown; canvasGuid: unknown }; assignments?: Nodes<Assignment> };

/**
 * Returns the ids of a result of a caller, or of what there is if the caller sees no result. Root is the relative URL of
 * the root of the server.
 */
export async function findOwnIDs(key: string, root: string): Promise<OwnIDs> {
  try {
    const response = await fetch(`${root}graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...authorization(key) },
      body: JSON.stringify({ query }),
      cache: "no-store",
    });
    const { data } = parseLosslessly(await response.text()) as { data?: { viewer: { courses: Nodes<Course> } } };
    return best((data?.viewer.courses.nodes ?? []).flatMap(idsOfCourse));
  } catch {
    return {};
  }
}

/** Returns the ids of the candidate with most of them. */
function best(candidates: OwnIDs[]): OwnIDs {
  const size = (ids: OwnIDs) => Object.keys(ids).length;
  return candidates.reduce((a, b) => (size(b) > size(a) ? b : a), {});
}

function idsOfCourse({ canvasId, account, assignments }: Course): OwnIDs[] {
  const ids = texts({ course: canvasId, account: account.momotorId, accountGUID: account.canvasGuid });
  const all = assignments?.nodes ?? [];
  return [ids, ...all.map((assignment) => ({ ...ids, ...idsOfAssignment(assignment) }))];
}

function idsOfAssignment({ id, canvasId, results }: Assignment): OwnIDs {
  const result = results?.nodes?.[0];
  const step = result?.steps[0];
  return texts({
    assignment: canvasId,
    assignmentID: id,
    ...(result && { user: result.user.canvasId, attempt: result.attempt }),
    ...(step && { step: step.taskId }),
  });
}

/** Returns the JSON texts of values, in which numbers are unchanged. */
function texts(values: Record<string, unknown>): OwnIDs {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
}
