import { useEffect, useState } from "react";
import { ask, Failure } from "./client";
import type { TadaDocumentNode } from "./graphql";

/** The state of a query: loading if it has neither data nor a failure. */
export type Query<Data> = { data?: Data; failure?: Failure };

/** Sends a query once, when the component appears, and returns its state. */
export function useQuery<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Query<Data> {
  const [query, setQuery] = useState<Query<Data>>({});
  useEffect(() => {
    ask(document, variables).then(
      (data) => setQuery({ data }),
      (failure: Failure) => setQuery({ failure }),
    );
  }, []); // the URL has the variables, and another URL is another page
  return query;
}
