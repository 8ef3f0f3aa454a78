import type { KeyStatus } from "../KeyBar";

/** The GraphQL endpoint: it returns 401 only for an invalid key, whereas REST returns 403 for other reasons, too. */
const endpoint = new URL("../graphql", location.href).href;

/** Sends a query with a key to the server and returns whether the server accepts the key. */
export async function checkKey(key: string): Promise<KeyStatus> {
  if (!key) return "rejected";
  try {
    const { ok, status } = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Api-Key ${key}` },
      body: '{"query":"{viewer{__typename}}"}',
      cache: "no-store",
    });
    return status === 401 ? "rejected" : ok ? "accepted" : "unknown";
  } catch {
    return "unreachable";
  }
}
