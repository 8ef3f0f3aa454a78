// Who sends the requests of a page: an API key or, without one, the person who is signed in.

import { useCallback, useEffect, useState } from "react";
import { findOwnIDs, type OwnIDs } from "./ownIDs";
import type { Person } from "./SignedIn";

/** Whether the server accepts the key or session: not asked yet, not known, or the server does not respond. */
export type CallerStatus = "asking" | "unknown" | "accepted" | "rejected" | "unreachable";

/** A caller with ids of the caller's data; `person` only without a key. */
export type Caller = { status: CallerStatus; person?: Person; ids?: OwnIDs };

/**
 * Asks the server who the caller with a key is, or without a key the caller with the session. Root is the relative
 * URL of the root of the server. The returned function records the status that another request shows.
 */
export function useCaller(key: string, root: string): [Caller, (status: CallerStatus) => void] {
  const [last, setLast] = useState<{ key: string; caller: Caller }>();
  const setStatus = useCallback(
    (status: CallerStatus) => setLast((last) => ({ key, caller: { ...(last?.key === key && last.caller), status } })),
    [key],
  );
  useEffect(() => {
    void identify(key, root).then((caller) => setLast({ key, caller }));
  }, [key]);
  return [last?.key === key ? last.caller : { status: "asking" }, setStatus];
}

// GraphQL returns 401 only for an invalid key or session, whereas REST returns 403 for other reasons, too.
async function identify(key: string, root: string): Promise<Caller> {
  try {
    const response = await fetch(`${root}graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...authorization(key) },
      body: '{"query":"{viewer{name note}}"}',
      cache: "no-store",
    });
    if (response.status === 401) return { status: "rejected" };
    if (!response.ok) return { status: "unknown" };
    const { data } = (await response.json()) as { data?: { viewer: Person } };
    return { status: "accepted", person: key ? undefined : data?.viewer, ids: await findOwnIDs(key, root) };
  } catch {
    return { status: "unreachable" };
  }
}

/** Returns the headers that authenticate a request. The session needs none: its cookie does. */
export function authorization(key: string): Record<string, string> {
  return key ? { Authorization: `Api-Key ${key}` } : {};
}
