// The API key of the person in front of the browser. It stays in this browser's local
// storage until it is forgotten, and is sent to this server in the Authorization header
// and nowhere else. It is never part of a URL.

const slot = "resultgraph:api-key";

/** Returns the key that was kept, or "" when there is none. */
export function load(): string {
  try {
    return localStorage.getItem(slot) ?? "";
  } catch {
    return ""; // storage is switched off: a key then lasts as long as the page
  }
}

/** Keeps a key for the next visits; "" forgets it. */
export function save(key: string): void {
  try {
    if (key) localStorage.setItem(slot, key);
    else localStorage.removeItem(slot);
  } catch {
    // see load
  }
}

/**
 * Returns the key in what somebody pasted: the key itself, `Api-Key KEY`, or the whole
 * header, quoted or not. Returns "" for what can not be a key.
 */
export function read(pasted: string): string {
  const key = pasted
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/^authorization\s*:\s*/i, "")
    .replace(/^api-key\s+/i, "")
    .trim();
  return /^[\x21-\x7e]+\.[\x21-\x7e]+$/.test(key) ? key : "";
}

/** Returns the public part of a key, by which people tell keys apart. */
export function prefix(key: string): string {
  return key.slice(0, key.indexOf("."));
}
