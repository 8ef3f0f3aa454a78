import type { TabsState } from "@graphiql/react";

/** An example as a tab of GraphiQL; its files are in the folder examples, in the order of their names. */
export type Example = Pick<TabsState["tabs"][number], "variables"> & {
  query: string;
  /** The name of the operation, which is also what GraphiQL calls the tab. */
  title: string;
  /** The comment at the top. */
  about: string;
};

const queries = import.meta.glob<string>("./examples/*.graphql", { query: "?raw", import: "default", eager: true });
const variables = import.meta.glob<string>("./examples/*.json", { query: "?raw", import: "default", eager: true });

export const examples: Example[] = Object.keys(queries)
  .sort()
  .map((path) => {
    const query = queries[path]!;
    return {
      query,
      variables: variables[path.replace(/graphql$/, "json")] ?? null,
      title: /^query (\w+)/m.exec(query)![1]!,
      about: /^(#.*\n)+/.exec(query)![0].replace(/#|\n/g, "").trim(),
    };
  });
