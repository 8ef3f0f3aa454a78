// JSON.parse hands on the text of a number where the browser knows how; TypeScript does not yet.
type Source = { source?: string };
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/**
 * Parses JSON so that JSON.stringify writes every number as it came: ids have up to 64 bits,
 * and a JavaScript number only 53; a score of 10.0 is not 10. Browsers without JSON.rawJSON
 * still round and shorten.
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_: string, value: unknown, { source }: Source = {}) =>
    rawJSON && source && typeof value === "number" && String(value) !== source ? rawJSON(source) : value) as (
    key: string,
    value: unknown,
  ) => unknown);
}
