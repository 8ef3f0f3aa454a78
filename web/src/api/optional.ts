type Parameter = { name: string; in: string; required?: boolean; example?: unknown; description?: string };

/**
 * Moves the examples of optional parameters of an OpenAPI document into their descriptions.
 * Otherwise Swagger UI fills them in and sends them, such as a section or a range of bytes.
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
