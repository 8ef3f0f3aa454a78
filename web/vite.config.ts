import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";

// The Go program serves what is built here. Paths are relative, so that the pages also work
// behind a proxy that puts a prefix before them.
export default defineConfig({
  base: "./",
  plugins: [licenses("licenses.md")],
  build: {
    target: "es2022",
    // One entry a page: an HTML file that lies here as the server's path to it, its sources
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
