import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";

// The Go program serves the build. Paths are relative, so that the pages also work behind a
// proxy that adds a prefix.
export default defineConfig({
  base: "./",
  plugins: [licenses("licenses.md")],
  build: {
    target: "es2022",
    // One input per page: an HTML file whose path here is its path on the server. Its sources are
    // in src/<page>/.
    rolldownOptions: {
      input: ["graphiql.html", "lti/api-doc.html"],
      checks: { moduleLevelDirective: false }, // "use client" in libraries says nothing here
    },
    assetsDir: "assets",
    // The content security policy has no data: for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: "es" },
  server: { proxy: { "^/(graphql$|lti/api/|lti/api-doc/)": "http://127.0.0.1:8080" } },
});
