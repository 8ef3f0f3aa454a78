import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import type { Verdict } from "../KeyBar";
import { parseExactly } from "../numbers";

/** The URL of the GraphQL endpoint: /graphql, or /prefix/graphql behind a proxy. */
const endpoint = new URL("graphql", location.href).href;

/**
 * Returns the fetcher of GraphiQL, also for introspection. Each request reports the state of the
 * key. Failures become GraphQL errors, because GraphiQL shows the stack of an exception.
 */
export function fetcherWith(key: string, report: (verdict: Verdict) => void): Fetcher {
  return async (request) => {
    let response: Response, text: string;
    try {
      response = await fetch(endpoint, { method: "POST", headers: headers(key), body: body(request), cache: "no-store" });
      text = await response.text();
    } catch {
      report("unreachable");
      return failure("No answer from the server. Is it running, and are you online?");
    }
    if (response.status === 401) report("refused");
    else if (response.ok) report("accepted"); // other failures say nothing about the key
    return reply(response, text);
  };
}

function headers(key: string): HeadersInit {
  return {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
    ...(key && { Authorization: `Api-Key ${key}` }),
  };
}

// For a moment after a change of tabs GraphiQL still names the operation of the tab before.
function body({ query, variables, operationName }: FetcherParams): string {
  const named = operationName && new RegExp(`\\b${operationName}\\b`).test(query);
  return JSON.stringify({ query, variables, operationName: named ? operationName : undefined });
}

function reply(response: Response, text: string) {
  try {
    const result = parseExactly(text) as object;
    // Without data GraphiQL would ask for the schema once more, to be refused once more.
    return response.status === 401 ? { data: null, ...result } : result;
  } catch {
    return failure(`The server answered ${response.status} ${response.statusText}, and not with JSON.`);
  }
}

function failure(message: string) {
  return { data: null, errors: [{ message }] };
}
