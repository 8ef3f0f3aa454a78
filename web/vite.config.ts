import { defineConfig } from "vite";
import { compress } from "./compress.ts";
import { licenses } from "./licenses.ts";

// The Go program serves the build. Paths are relative, so that the pages also work behind a
// proxy that adds a prefix.
export default defineConfig({
  base: "./",
  plugins: [licenses("licenses.md"), compress()],
  build: {
    target: "es2022",
    // Each page has one HTML file. Its path in this folder is its path on the server, and its
    // sources are in a folder of src.
    rolldownOptions: {
      input: ["app.html", "graphiql.html", "lti/api-doc.html"],
      checks: { moduleLevelDirective: false }, // "use client" in libraries has no effect here
    },
    assetsDir: "assets",
    // The content security policy does not allow data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: "es" },
  server: { proxy: { "^/(graphql$|lti/api/|lti/api-doc/|lti/sign-out$|demo$)": "http://127.0.0.1:8080" } },
});
