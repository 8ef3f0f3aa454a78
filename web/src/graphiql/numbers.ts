// JSON.parse hands on the text of a number where the browser knows how; TypeScript does not yet.
type Source = { source?: string };
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/**
 * Parses JSON so that JSON.stringify writes every whole number with the digits it came with.
 * Ids have up to 64 bits, and a JavaScript number only 53. Browsers without JSON.rawJSON
 * still round the largest.
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_: string, value: unknown, { source }: Source = {}) =>
    rawJSON && source && typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? rawJSON(source)
      : value) as (key: string, value: unknown) => unknown);
}
