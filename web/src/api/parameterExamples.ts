import type { OwnIDs } from "../ownIDs";

type Parameter = { name: string; in: string; required?: boolean; example?: unknown; description?: string };

/** The name of the id of the parameter behind a segment of a path; by default that of the segment. */
const idNames: Record<string, keyof OwnIDs> = { result: "user" };

/** Returns an OpenAPI document whose examples are of the caller's data, or say that they are of the demo data. */
export function setExamples<T>(document: T, ids: OwnIDs): T {
  const changed = JSON.parse(JSON.stringify(document), (_, value) => (isOptional(value) ? moveExample(value) : value));
  // The parameters of paths are those of all their operations.
  for (const [path, item] of Object.entries<{ parameters?: Parameter[] }>(changed.paths ?? {})) {
    const examples = ownExamples(path, ids);
    if (item.parameters) item.parameters = item.parameters.map((parameter) => setExample(parameter, examples));
  }
  return changed;
}

/** Returns the caller's ids by the parameters of a path: the segment before a parameter names its object. */
function ownExamples(path: string, ids: OwnIDs): Map<string, unknown> {
  const parameters = [...path.matchAll(/(\w+)\/\{(\w+)\}/g)];
  return new Map(
    parameters.flatMap(([, segment, name]) => {
      const id = ids[idNames[segment!] ?? (segment as keyof OwnIDs)];
      return id === undefined ? [] : [[name!, id.replace(/^"|"$/g, "")]];
    }),
  );
}

function setExample(parameter: Parameter, examples: Map<string, unknown>): Parameter {
  if (examples.has(parameter.name)) return { ...parameter, example: examples.get(parameter.name) };
  return { ...parameter, description: `${parameter.description ?? ""} The example is of the demo data.`.trim() };
}

function isOptional(value: any): value is Parameter {
  return ["query", "header"].includes(value?.in) && typeof value.name === "string" && !value.required;
}

/**
 * Moves the example of an optional parameter into its description. Otherwise Swagger UI fills in the example and sends
 * it, such as a section or a byte range.
 */
function moveExample({ example, ...parameter }: Parameter): Parameter {
  if (example === undefined) return parameter;
  return { ...parameter, description: `${parameter.description ?? ""} For example: \`${example}\`.`.trim() };
}
