// Recent browsers pass the source text of a number to the reviver of JSON.parse. TypeScript's types do not declare it.
type ReviverContext = { source?: string };
type RawJSON = { rawJSON?: (text: string) => unknown; isRawJSON?: (value: unknown) => boolean };
const { rawJSON, isRawJSON: isRaw } = JSON as RawJSON;

/** Returns whether a value of parseLosslessly is a number that JSON.stringify writes unchanged. */
export const isRawJSON = (value: unknown): boolean => isRaw?.(value) ?? false;

/**
 * Parses JSON so that JSON.stringify writes every number unchanged. A JavaScript number has 53
 * bits, but ids have up to 64, and a score of 10.0 must not become 10. Browsers without
 * JSON.rawJSON round and shorten numbers.
 */
export function parseLosslessly(text: string): unknown {
  return JSON.parse(text, ((_: string, value: unknown, { source }: ReviverContext = {}) =>
    rawJSON && source && typeof value === "number" && String(value) !== source ? rawJSON(source) : value) as (
    key: string,
    value: unknown,
  ) => unknown);
}
