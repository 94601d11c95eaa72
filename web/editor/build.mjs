/* Builds web/static/codemirror.min.js, one file, the same bytes each time, and the licences beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url)), served = join(here, "..", "static");
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const packages = Object.entries(lock.packages)
  .filter(([place, { dev }]) => place && !dev)
  .map(([place, { version }]) => ({ place, name: place.replace(/^.*node_modules\//, ""), version }))
  .sort((one, other) => (one.name < other.name ? -1 : 1));

const built = await build({
  absWorkingDir: here,
  entryPoints: ["codemirror.js"],
  bundle: true,
  format: "iife",
  globalName: "CodeMirror",
  legalComments: "none",
  metafile: true,
  minify: true,
  target: ["es2022"],
  write: false,
});
const used = new Set(Object.keys(built.metafile.inputs).map((path) => path.replace(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/, "$1")));
const inside = packages.filter(({ name }) => used.has(name));
const named = inside.map(({ name, version }) => `${name} ${version}`).join(", ");
writeFileSync(join(served, "codemirror.min.js"), `/* CodeMirror, built by make editor from ${named}; licences: codemirror.LICENSE.txt */\n${built.outputFiles[0].text}`);
const licences = new Map();
for (const { place, name } of inside) {
  const text = readFileSync(join(here, place, "LICENSE"), "utf8").trim();
  licences.set(text, [...(licences.get(text) ?? []), name]);
}
const told = [...licences].map(([text, names]) => `${names.join(", ")}\n${"-".repeat(40)}\n${text}\n`);
writeFileSync(join(served, "codemirror.LICENSE.txt"), told.join("\n\n"));
