import type { Verdict } from "../KeyBar";

/** The GraphQL endpoint: it answers 401 only for an invalid key, whereas REST uses 403 for other reasons, too. */
const endpoint = new URL("../graphql", location.href).href;

/** Asks the server whether it accepts a key. */
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
