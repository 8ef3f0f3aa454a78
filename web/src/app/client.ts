import { print } from "graphql";
import type { TadaDocumentNode } from "./graphql";

/** The URL of the GraphQL endpoint: /graphql, or /prefix/graphql behind a proxy. */
const endpoint = new URL("graphql", location.href).href;

/** An error whose message tells a person what to do. */
export class Failure extends Error {
  /** Whether nobody is signed in. Then `message` says whether a session has ended. */
  readonly isSignedOut: boolean;

  constructor(message: string, isSignedOut = false) {
    super(message);
    this.isSignedOut = isSignedOut;
  }
}

type Answer<Data> = { data?: Data | null; errors?: { message: string }[] };

/** Sends a query as the person who is signed in, and returns its data. Throws a Failure. */
export async function ask<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await send(JSON.stringify({ query: print(document), variables }));
  const { data, errors } = await parse<Data>(response);
  if (data && !errors) return data;
  throw new Failure(errors?.[0]?.message ?? "The server sent no data: try again later.", response.status === 401);
}

async function send(body: string): Promise<Response> {
  try {
    return await fetch(endpoint, { method: "POST", headers: { "Content-Type": "application/json" }, body, cache: "no-store" });
  } catch {
    throw new Failure("The server does not respond: check your connection and try again.");
  }
}

async function parse<Data>(response: Response): Promise<Answer<Data>> {
  try {
    return await response.json();
  } catch {
    throw new Failure(`The server is not available (status ${response.status}): try again later.`);
  }
}
