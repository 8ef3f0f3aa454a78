import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

// Names of the files and folders with licences and notices of a package.
const asked = /^(licen[sc]e|copying|notice)/i;

/**
 * Writes a file with the licences and notices of all packages in the build, each text once. The
 * option of Vite supports neither notices nor folders of licences.
 */
export function licenses(fileName: string): Plugin {
  return {
    name: "licenses",
    generateBundle(_, bundle) {
      const folders = Object.values(bundle)
        .flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
        .map(packageOf);
      const named = new Map<string, Set<string>>(); // a text, and the packages that it is of
      for (const folder of new Set(folders)) {
        if (!folder) continue;
        const { name, version, license = "no licence named" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const text = textOf(folder);
        named.set(text, (named.get(text) ?? new Set()).add(`${name} ${version} (${license})`));
      }
      const sections = [...named].map(([text, packages]) => `## ${[...packages].sort().join(",\n")}\n\n${text}\n`).sort();
      this.emitFile({ type: "asset", fileName, source: `# Licences of the libraries in these pages\n\n${sections.join("\n")}` });
    },
  };
}

/** Returns the folder of the package of a module, or undefined for our own modules. */
function packageOf(module: string): string | undefined {
  return /^\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];
}

/** Returns all licences and notices in a package's folder. */
function textOf(folder: string): string {
  const names = readdirSync(folder).filter((name) => asked.test(name)).sort();
  const text = names
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path).sort().map((name) => join(path, name)) : [path]))
    .map((path) => readFileSync(path, "utf8").trim())
    .join("\n\n");
  return text || "These packages come without a text.";
}
