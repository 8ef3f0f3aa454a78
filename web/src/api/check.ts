import type { Verdict } from "../KeyBar";

/** The GraphQL endpoint: its refusal of a key is unmistakable, where REST has a 403 for more than that. */
const endpoint = new URL("../graphql", location.href).href;

/** Asks the server whether it takes a key. */
export async function check(key: string): Promise<Verdict> {
  if (!key) return "refused";
  try {
    const { ok, status } = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Api-Key ${key}` },
      body: '{"query":"{viewer{__typename}}"}',
      cache: "no-store",
    });
    return status === 401 ? "refused" : ok ? "accepted" : "unknown";
  } catch {
    return "unreachable";
  }
}
