import type { CodegenConfig } from "@graphql-codegen/cli";

const { URL: server, KEY: key } = process.env;

const config: CodegenConfig = {
  schema: { [`${server}/graphql`]: { headers: { Authorization: `Api-Key ${key}` } } },
  documents: "../*.graphql",
  importExtension: ".js",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string", // the program needs no GraphQL library
        useTypeImports: true,
        strictScalars: true, // a scalar without a type is an error
        scalars: {
          BigInt: "number", // ids and counts are below 2⁵³
          Date: "string",
          DateTime: "string",
          JSON: "unknown",
          TimeZone: "string",
          Upload: "File",
          URL: "string",
        },
      },
    },
  },
};

export default config;
