import type { TabsState } from "@graphiql/react";
import type { OwnIDs } from "../ownIDs";

/** An example, which is a tab of GraphiQL. The names of the files in the folder examples set the order. */
export type Example = Pick<TabsState["tabs"][number], "variables"> & {
  query: string;
  /** The name of the operation, which is the title of the tab. */
  title: string;
  /** The comment at the start of the file. */
  description: string;
};

const queries = import.meta.glob<string>("./examples/*.graphql", { query: "?raw", import: "default", eager: true });
const variables = import.meta.glob<Record<string, unknown>>("./examples/*.json", { import: "default", eager: true });

/** The names of the ids that are the values of variables. */
const idNames: Record<string, keyof OwnIDs> = {
  account: "accountGUID",
  course: "course",
  assignment: "assignment",
  assignmentID: "assignmentID",
  student: "user",
};

/** Returns the examples with the ids of the caller, or those of the demo data if the caller has none. */
export function createExamples(ids: OwnIDs): Example[] {
  return Object.keys(queries)
    .sort()
    .map((path) => {
      const query = queries[path]!;
      const values = variables[path.replace(/graphql$/, "json")];
      return {
        query,
        variables: values ? variablesText(values, ids) : null,
        title: /^(?:query|mutation) (\w+)/m.exec(query)![1]!,
        description: /^(#.*\n)+/.exec(query)![0].replace(/#|\n/g, "").trim(),
      };
    });
}

/** Returns the variables as JSON. Ids are texts, because a number would round them. */
function variablesText(values: Record<string, unknown>, ids: OwnIDs): string {
  const members = Object.entries(values).map(([name, value]) => `  "${name}": ${ids[idNames[name]!] ?? JSON.stringify(value)}`);
  return `{\n${members.join(",\n")}\n}\n`;
}
