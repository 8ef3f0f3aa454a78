import type { TypedDocumentString } from "./gql/graphql.js";

const { URL: server, KEY: key } = process.env;

/** Sends an operation and returns its data. It throws if there are errors, with their codes. */
export async function execute<Data, Variables>(operation: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(`${server}/graphql`, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json",
      Authorization: `Api-Key ${key}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ query: operation.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: GraphQLError[] };
  if (errors || !data) {
    throw new Error(errors?.map((e) => `${e.message} (${e.extensions?.code})`).join("\n") ?? response.statusText);
  }
  return data;
}

type GraphQLError = { message: string; extensions?: { code?: string } };
