import type { TabsState } from "@graphiql/react";

/** An example query, which is a tab of GraphiQL. The names of the files in the folder examples set the order. */
export type Example = Pick<TabsState["tabs"][number], "variables"> & {
  query: string;
  /** The name of the operation, which is the title of the tab. */
  title: string;
  /** The comment at the start of the file. */
  description: string;
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
      description: /^(#.*\n)+/.exec(query)![0].replace(/#|\n/g, "").trim(),
    };
  });
