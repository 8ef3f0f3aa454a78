// Writes the types of ../schema.graphqls for gql.tada to src/app/schema.d.ts. gql.tada's command line does
// the same, but does not run with this version of TypeScript.

import { readFileSync, writeFileSync } from "node:fs";
import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import { buildSchema, introspectionFromSchema } from "graphql";

const schema = buildSchema(readFileSync(new URL("../schema.graphqls", import.meta.url), "utf8"));
const types = outputIntrospectionFile(minifyIntrospection(introspectionFromSchema(schema)), { fileType: ".d.ts", shouldPreprocess: true });
writeFileSync(new URL("src/app/schema.d.ts", import.meta.url), types);
