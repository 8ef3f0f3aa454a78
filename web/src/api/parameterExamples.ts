type Parameter = { name: string; in: string; required?: boolean; example?: unknown; description?: string };

/**
 * Moves the examples of the optional parameters of an OpenAPI document into their descriptions.
 * Otherwise Swagger UI fills in the examples and sends them, such as a section or a byte range.
 */
export function moveOptionalExamples<T>(document: T): T {
  return JSON.parse(JSON.stringify(document), (_, value) => (isParameter(value) ? moveExample(value) : value));
}

function isParameter(value: any): value is Parameter {
  return ["query", "header"].includes(value?.in) && typeof value.name === "string";
}

/** Moves the example of an optional parameter into its description. */
function moveExample({ example, ...parameter }: Parameter): Parameter {
  if (parameter.required) return { ...parameter, example };
  if (example === undefined) return parameter;
  return { ...parameter, description: `${parameter.description ?? ""} For example: \`${example}\`.`.trim() };
}
