import { defineConfig } from "vite";

// The Go program serves what is built here. Paths are relative, so that the pages also work
// behind a proxy that puts a prefix before them.
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    // One entry a page: an HTML file in this folder, its sources in src/<page>/.
    rolldownOptions: {
      input: ["graphiql.html"],
      checks: { moduleLevelDirective: false }, // "use client" in libraries says nothing here
    },
    assetsDir: "graphiql/assets",
    // The content security policy has no data: for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    license: { fileName: "licenses.md" }, // what the libraries ask to be passed on
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: "es" },
  server: { proxy: { "^/graphql$": "http://127.0.0.1:8080" } },
});
