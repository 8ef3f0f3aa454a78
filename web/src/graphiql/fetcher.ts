import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { authorization, type CallerStatus } from "../caller";
import { parseLosslessly } from "../losslessJSON";

/** The URL of the GraphQL endpoint: /graphql, or /prefix/graphql behind a proxy. */
const endpoint = new URL("graphql", location.href).href;

/**
 * Returns the fetcher of GraphiQL, which also fetches the schema. Each request reports the status
 * of the caller. Failures become GraphQL errors, because GraphiQL shows the stack of an exception.
 */
export function createFetcher(key: string, onStatus: (status: CallerStatus) => void): Fetcher {
  return async (params) => {
    let response: Response, text: string;
    try {
      const init = { method: "POST", headers: requestHeaders(key), body: requestBody(params), cache: "no-store" } as const;
      response = await fetch(endpoint, init);
      text = await response.text();
    } catch {
      onStatus("unreachable");
      return errorResult("The server does not respond: check your connection and try again.");
    }
    if (response.status === 401) onStatus("rejected");
    else if (response.ok) onStatus("accepted"); // other failures say nothing about the caller
    return parseResult(response, text);
  };
}

function requestHeaders(key: string): HeadersInit {
  return {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
    ...authorization(key),
  };
}

// Immediately after the user switches tabs, GraphiQL still sends the operation name of the previous tab.
function requestBody({ query, variables, operationName }: FetcherParams): string {
  const exists = operationName && new RegExp(`\\b${operationName}\\b`).test(query);
  return JSON.stringify({ query, variables, operationName: exists ? operationName : undefined });
}

function parseResult(response: Response, text: string) {
  try {
    const result = parseLosslessly(text) as object;
    // If the result had no data, GraphiQL would fetch the schema a second time, which fails again.
    return response.status === 401 ? { data: null, ...result } : result;
  } catch {
    return errorResult(`The server returned ${response.status} ${response.statusText} without JSON.`);
  }
}

function errorResult(message: string) {
  return { data: null, errors: [{ message }] };
}
