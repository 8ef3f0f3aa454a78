/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The outcome of a task in a results bundle. */
export type StepOutcome =
  /** The task could not be assessed. */
  | 'ERROR'
  /** The task failed. */
  | 'FAIL'
  /** The task passed. */
  | 'PASS'
  /** The task did not run. */
  | 'SKIP';

export type ChangedResultsQueryVariables = Exact<{
  account: number;
  course: number;
  since: number;
  first: number;
  after?: string | null | undefined;
}>;


export type ChangedResultsQuery = { account: { course: { results: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ sequenceId: number, attempt: number, submittedAt: string, accepted: boolean | null, score: number | null, previewUrl: string | null, assignment: { name: string }, user: { canvasId: number }, steps: Array<{ taskId: string, outcome: StepOutcome | null, score: number | null, details: unknown }> }> } } | null } | null };

export type DashboardQueryVariables = Exact<{
  account: number;
  course: number;
}>;


export type DashboardQuery = { account: { course: { name: string, activity: Array<{ date: string, count: number | null, students: number | null }>, assignments: { nodes: Array<{ name: string, results: { stats: { count: number | null, students: number | null, passRate: number | null, scorePercent: { mean: number | null, histogram: { counts: Array<number> | null } } }, groups: { nodes: Array<{ key: { section: { name: string } | null }, stats: { count: number | null, passRate: number | null } }> } }, stepStats: Array<{ taskId: string, count: number | null, passRate: number | null }>, attemptsUntilPass: { notPassed: number | null, buckets: Array<{ attempts: number, students: number }> } | null }> } } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ChangedResultsDocument = new TypedDocumentString(`
    query ChangedResults($account: BigInt!, $course: BigInt!, $since: BigInt!, $first: Int!, $after: String) {
  account(momotorId: $account) {
    course(canvasId: $course) {
      results(
        first: $first
        after: $after
        filter: {changedSince: $since}
        orderBy: [{field: SEQUENCE_ID}]
      ) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          sequenceId
          attempt
          submittedAt
          accepted
          score
          previewUrl
          assignment {
            name
          }
          user {
            canvasId
          }
          steps {
            taskId
            outcome
            score
            details
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ChangedResultsQuery, ChangedResultsQueryVariables>;
export const DashboardDocument = new TypedDocumentString(`
    query Dashboard($account: BigInt!, $course: BigInt!) {
  account(momotorId: $account) {
    course(canvasId: $course) {
      name
      activity(by: WEEK, timeZone: "Europe/Amsterdam") {
        date
        count
        students
      }
      assignments(first: 50) {
        nodes {
          name
          results(first: 0) {
            stats {
              count
              students
              passRate
              scorePercent {
                mean
                histogram {
                  counts
                }
              }
            }
            groups(by: [SECTION]) {
              nodes {
                key {
                  section {
                    name
                  }
                }
                stats {
                  count
                  passRate
                }
              }
            }
          }
          stepStats {
            taskId
            count
            passRate
          }
          attemptsUntilPass {
            buckets {
              attempts
              students
            }
            notPassed
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DashboardQuery, DashboardQueryVariables>;