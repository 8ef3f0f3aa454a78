// The API key of the user. It is stored for this tab, or on this device if the user asks to keep
// it, and sent only to this server, in the Authorization header. It is never part of a URL.

import { useState } from "react";

const storageKey = "resultgraph:api-key";

/** The name of a key in localStorage. The first version stored keys there unasked, as storageKey. */
const keptKey = "resultgraph:kept-api-key";

/** A key, or "" for none, and whether to keep it on this device when the tab is closed. */
export type StoredKey = { key: string; keep: boolean };

/** The key of the page and a function that replaces it; the key "" removes it. */
export function useAPIKey(): [StoredKey, (next: StoredKey) => void] {
  const [stored, setStored] = useState(load);
  return [
    stored,
    (next) => {
      save(next);
      setStored(next);
    },
  ];
}

function load(): StoredKey {
  const old = read("localStorage", storageKey);
  if (old) {
    write("sessionStorage", storageKey, read("sessionStorage", storageKey) || old);
    write("localStorage", storageKey, "");
  }
  const ofTab = read("sessionStorage", storageKey);
  const kept = read("localStorage", keptKey);
  return { key: ofTab || kept, keep: !ofTab && kept !== "" };
}

function save({ key, keep }: StoredKey): void {
  write("sessionStorage", storageKey, keep ? "" : key);
  write("localStorage", keptKey, keep ? key : "");
}

type StorageName = "sessionStorage" | "localStorage";

function read(storage: StorageName, name: string): string {
  try {
    return window[storage].getItem(name) ?? "";
  } catch {
    return ""; // storage is disabled: the key lasts as long as the page
  }
}

/** Stores a key; "" deletes it. */
function write(storage: StorageName, name: string, key: string): void {
  try {
    if (key) window[storage].setItem(name, key);
    else window[storage].removeItem(name);
  } catch {
    // see read
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
