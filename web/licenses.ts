import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

// The names of files and folders that contain the licences and notices of a package.
const licenseName = /^(licen[sc]e|copying|notice)/i;

/**
 * Writes a file with the licences and notices of all packages in the build, each text once. Vite's
 * own option supports neither notices nor folders of licences.
 */
export function licenses(fileName: string): Plugin {
  return {
    name: "licenses",
    generateBundle(_, bundle) {
      const folders = Object.values(bundle)
        .flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
        .map(packageFolder);
      const packagesByText = new Map<string, Set<string>>();
      for (const folder of new Set(folders)) {
        if (!folder) continue;
        const { name, version, license = "no licence given" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const text = licenseText(folder);
        packagesByText.set(text, (packagesByText.get(text) ?? new Set()).add(`${name} ${version} (${license})`));
      }
      const sections = [...packagesByText].map(([text, packages]) => `## ${[...packages].sort().join(",\n")}\n\n${text}\n`).sort();
      this.emitFile({ type: "asset", fileName, source: `# Licences of the libraries in these pages\n\n${sections.join("\n")}` });
    },
  };
}

/** Returns the folder of the package of a module, or undefined for a module of this project. */
function packageFolder(module: string): string | undefined {
  return /^\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];
}

/** Returns all licences and notices in a package's folder. */
function licenseText(folder: string): string {
  const names = readdirSync(folder).filter((name) => licenseName.test(name)).sort();
  const text = names
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path).sort().map((name) => join(path, name)) : [path]))
    .map((path) => readFileSync(path, "utf8").trim())
    .join("\n\n");
  return text || "These packages contain no licence text.";
}
