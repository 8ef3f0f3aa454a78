type Parameter = { name: string; in: string; required?: boolean; example?: unknown; description?: string };

/**
 * Returns an OpenAPI document in which the examples of optional parameters are only told.
 * Swagger UI would fill them in, and send what nobody asked for: a single section, or the
 * first bytes of a file.
 */
export function unfilled<T>(document: T): T {
  return JSON.parse(JSON.stringify(document), (_, value) => (isParameter(value) ? told(value) : value));
}

function isParameter(value: any): value is Parameter {
  return ["query", "header"].includes(value?.in) && typeof value.name === "string";
}

function told({ example, ...parameter }: Parameter): Parameter {
  if (parameter.required) return { ...parameter, example };
  if (example === undefined) return parameter;
  return { ...parameter, description: `${parameter.description ?? ""} For example: \`${example}\`.`.trim() };
}
