import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./schema";

/**
 * Parses a GraphQL document. TypeScript derives the types of its variables and of its response from the schema. A
 * BigInt that this page reads is a count; a number would round ids of Canvas, so the page uses global ids.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { DateTime: string; URL: string; JSON: unknown; BigInt: number };
}>();

export type { FragmentOf, ResultOf, TadaDocumentNode } from "gql.tada";
