/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query ChangedResults($account: BigInt!, $course: BigInt!, $since: BigInt!, $first: Int!, $after: String) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      results(\n        first: $first\n        after: $after\n        filter: {changedSince: $since}\n        orderBy: [{field: SEQUENCE_ID}]\n      ) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        nodes {\n          sequenceId\n          attempt\n          submittedAt\n          accepted\n          score\n          previewUrl\n          assignment {\n            name\n          }\n          user {\n            canvasId\n          }\n          steps {\n            taskId\n            outcome\n            score\n            details\n          }\n        }\n      }\n    }\n  }\n}": typeof types.ChangedResultsDocument,
    "query Dashboard($account: BigInt!, $course: BigInt!) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      name\n      activity(by: WEEK, timeZone: \"Europe/Amsterdam\") {\n        date\n        count\n        students\n      }\n      assignments(first: 50) {\n        nodes {\n          name\n          results(first: 0) {\n            stats {\n              count\n              students\n              passRate\n              scorePercent {\n                mean\n                histogram {\n                  counts\n                }\n              }\n            }\n            groups(by: [SECTION]) {\n              nodes {\n                key {\n                  section {\n                    name\n                  }\n                }\n                stats {\n                  count\n                  passRate\n                }\n              }\n            }\n          }\n          stepStats {\n            taskId\n            count\n            passRate\n          }\n          attemptsUntilPass {\n            buckets {\n              attempts\n              students\n            }\n            notPassed\n          }\n        }\n      }\n    }\n  }\n}": typeof types.DashboardDocument,
};
const documents: Documents = {
    "query ChangedResults($account: BigInt!, $course: BigInt!, $since: BigInt!, $first: Int!, $after: String) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      results(\n        first: $first\n        after: $after\n        filter: {changedSince: $since}\n        orderBy: [{field: SEQUENCE_ID}]\n      ) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        nodes {\n          sequenceId\n          attempt\n          submittedAt\n          accepted\n          score\n          previewUrl\n          assignment {\n            name\n          }\n          user {\n            canvasId\n          }\n          steps {\n            taskId\n            outcome\n            score\n            details\n          }\n        }\n      }\n    }\n  }\n}": types.ChangedResultsDocument,
    "query Dashboard($account: BigInt!, $course: BigInt!) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      name\n      activity(by: WEEK, timeZone: \"Europe/Amsterdam\") {\n        date\n        count\n        students\n      }\n      assignments(first: 50) {\n        nodes {\n          name\n          results(first: 0) {\n            stats {\n              count\n              students\n              passRate\n              scorePercent {\n                mean\n                histogram {\n                  counts\n                }\n              }\n            }\n            groups(by: [SECTION]) {\n              nodes {\n                key {\n                  section {\n                    name\n                  }\n                }\n                stats {\n                  count\n                  passRate\n                }\n              }\n            }\n          }\n          stepStats {\n            taskId\n            count\n            passRate\n          }\n          attemptsUntilPass {\n            buckets {\n              attempts\n              students\n            }\n            notPassed\n          }\n        }\n      }\n    }\n  }\n}": types.DashboardDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ChangedResults($account: BigInt!, $course: BigInt!, $since: BigInt!, $first: Int!, $after: String) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      results(\n        first: $first\n        after: $after\n        filter: {changedSince: $since}\n        orderBy: [{field: SEQUENCE_ID}]\n      ) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        nodes {\n          sequenceId\n          attempt\n          submittedAt\n          accepted\n          score\n          previewUrl\n          assignment {\n            name\n          }\n          user {\n            canvasId\n          }\n          steps {\n            taskId\n            outcome\n            score\n            details\n          }\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').ChangedResultsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Dashboard($account: BigInt!, $course: BigInt!) {\n  account(momotorId: $account) {\n    course(canvasId: $course) {\n      name\n      activity(by: WEEK, timeZone: \"Europe/Amsterdam\") {\n        date\n        count\n        students\n      }\n      assignments(first: 50) {\n        nodes {\n          name\n          results(first: 0) {\n            stats {\n              count\n              students\n              passRate\n              scorePercent {\n                mean\n                histogram {\n                  counts\n                }\n              }\n            }\n            groups(by: [SECTION]) {\n              nodes {\n                key {\n                  section {\n                    name\n                  }\n                }\n                stats {\n                  count\n                  passRate\n                }\n              }\n            }\n          }\n          stepStats {\n            taskId\n            count\n            passRate\n          }\n          attemptsUntilPass {\n            buckets {\n              attempts\n              students\n            }\n            notPassed\n          }\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').DashboardDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
