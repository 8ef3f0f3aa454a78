import type { ReactNode } from "react";
import { SignedIn, type Person } from "../SignedIn";
import { FailureMessage } from "./FailureMessage";
import { graphql } from "./graphql";
import type { Query } from "./useQuery";

/** The fields of the caller that every view needs. */
export const personFields = graphql(`fragment PersonFields on Viewer { name note }`);

type Props<Data> = { query: Query<Data>; /** The content, from the data of the query. */ children: (data: Data) => ReactNode };

/** The bar and the main part of a view, which shows the state of its query. */
export function Shell<Data extends { viewer: Person }>({ query, children }: Props<Data>) {
  const { data, failure } = query;
  return (
    <>
      <header className="bar">
        <strong>resultgraph</strong>
        <nav aria-label="Pages">
          <a href="app">Courses</a>
          <a href="graphiql">GraphiQL</a>
          <a href="lti/api-doc">REST API</a>
        </nav>
        {data && <SignedIn person={data.viewer} signOutURL="lti/sign-out" />}
      </header>
      <main>
        {data && children(data)}
        {failure && <FailureMessage failure={failure} />}
        {!data && !failure && <p role="status">Loading …</p>}
      </main>
    </>
  );
}
