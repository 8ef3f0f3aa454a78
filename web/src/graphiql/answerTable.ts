import { isRawJSON, parseLosslessly } from "../losslessJSON";

/** A table with a text for each column in each row. */
export type AnswerTable = { columns: string[]; rows: string[][] };

/** A row: the texts of its cells by column. */
type Cells = Record<string, string>;

/**
 * Returns the data of a GraphQL response as a table. Each item of an innermost list is a row, with the values of the
 * objects around it. Names of columns are paths, such as assignments.name, without their common beginning. Without data
 * the table has no rows.
 */
export function parseTable(text: string): AnswerTable {
  const rows = rowsOf(parseData(text), "");
  const paths = [...new Set(rows.flatMap(Object.keys))];
  const start = commonPrefix(paths).length;
  return {
    columns: paths.map((path) => path.slice(start)),
    rows: paths.length ? rows.map((row) => paths.map((path) => row[path] ?? "")) : [],
  };
}

/** Returns the longest path, with a dot at its end, with which all paths begin; "" if there is none. */
function commonPrefix([first = "", ...others]: string[]): string {
  const isCommon = (prefix: string) => others.every((path) => path.startsWith(prefix));
  let prefix = first.slice(0, first.lastIndexOf(".") + 1);
  while (prefix && !isCommon(prefix)) prefix = prefix.slice(0, prefix.lastIndexOf(".", prefix.length - 2) + 1);
  return prefix;
}

function parseData(text: string): unknown {
  try {
    return (parseLosslessly(text) as { data?: unknown } | null)?.data ?? {};
  } catch {
    return {}; // no answer yet, or an incomplete one
  }
}

function rowsOf(value: unknown, path: string): Cells[] {
  if (Array.isArray(value)) return value.some(isObject) ? value.flatMap((item) => rowsOf(item, path)) : [{ [path]: value.map(format).join(", ") }];
  if (!isObject(value)) return [{ [path]: format(value) }];
  const members = Object.entries(value).map(([name, member]) => rowsOf(member, childPath(path, name)));
  const common: Cells = Object.assign({}, ...members.filter((rows) => rows.length === 1).flat());
  const lists = members.filter((rows) => rows.length > 1).flat();
  return lists.length ? lists.map((row) => ({ ...common, ...row })) : [common];
}

/** Returns the path of a member. It has no names of the parts of connections. */
function childPath(path: string, name: string): string {
  if (["nodes", "edges", "node"].includes(name)) return path;
  return path ? `${path}.${name}` : name;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isRawJSON(value);
}

function format(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Returns a table as CSV (RFC 4180) in UTF-8 with a byte order mark, so that spreadsheets read it. */
export function formatCSV({ columns, rows }: AnswerTable): string {
  return "\ufeff" + [columns, ...rows].map((row) => `${row.map(formatCell).join(",")}\r\n`).join("");
}

/** Quotes a cell. An apostrophe keeps spreadsheets from executing a text as a formula. */
function formatCell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text));
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
