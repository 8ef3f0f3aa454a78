// The API key of the user. It stays in the local storage of the browser until the user removes
// it, and is sent only to this server, in the Authorization header. It is never part of a URL.

const storageKey = "resultgraph:api-key";

/** Returns the stored key, or "" if there is none. */
export function loadKey(): string {
  try {
    return localStorage.getItem(storageKey) ?? "";
  } catch {
    return ""; // storage is disabled: the key lasts as long as the page
  }
}

/** Stores a key for the next visits; "" deletes it. */
export function saveKey(key: string): void {
  try {
    if (key) localStorage.setItem(storageKey, key);
    else localStorage.removeItem(storageKey);
  } catch {
    // see loadKey
  }
}

/**
 * Returns the key in pasted text: the key itself, `Api-Key KEY`, or the whole header, quoted
 * or not. Returns "" if the text has no valid key.
 */
export function parseKey(text: string): string {
  const key = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/^authorization\s*:\s*/i, "")
    .replace(/^api-key\s+/i, "")
    .trim();
  return /^[\x21-\x7e]+\.[\x21-\x7e]+$/.test(key) ? key : "";
}

/** Returns the public part of a key, which identifies it. */
export function keyPrefix(key: string): string {
  return key.slice(0, key.indexOf("."));
}
