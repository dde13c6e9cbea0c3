/**
 * What of others is compiled into the executables: their licences, and a software bill of materials. Both are of the
 * packages that the bundler took in, which are fewer than those installed.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** An npm package that is part of the executables. */
export interface CompiledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json declares it, an SPDX expression in most. */
  readonly licence: string;
  /** Texts of its licence and notice files; some packages have none. */
  readonly texts: readonly string[];
}

/** A CycloneDX document, as far as it is touched here. */
export interface BillOfMaterials {
  readonly metadata: { readonly timestamp?: string; readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly { readonly 'bom-ref': string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** The folders below `node_modules` that bundled files are in, without those of the project itself; sorted. */
export function packageFolders(bundledFiles: readonly string[]): string[] {
  const folders = bundledFiles.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Reads a package's name, version and licence from its folder. */
export function readPackage(folder: string): CompiledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying|copyright)/i.test(file));
  return {
    name: String(name),
    version: String(version),
    licence: String(license),
    texts: files.sort().map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()),
  };
}

/** All licences as one text; packages whose texts are equal share one. `remarks` come first: what no file of a package says. */
export function describeLicences(packages: readonly CompiledPackage[], remarks: readonly string[]): string {
  const byText = new Map<string, CompiledPackage[]>();
  for (const entry of packages) {
    const text = entry.texts.join('\n\n') || 'The package has no licence file; its package.json names the licence.';
    byText.set(text, [...(byText.get(text) ?? []), entry]);
  }
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join('\n')}\n\n${text}`;
  });
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `Software of others in the executables, and its licences\n\n${remarks.join('\n\n')}${line}${sections.join(line)}\n`;
}

/**
 * npm's bill of materials cut down to `packages`, under the project's own name, at a fixed time and without a serial
 * number: equal contents, equal bytes. npm's own `--omit dev` is no help: it also leaves out what both the project and its
 * tools need. Throws if npm does not know one of the packages.
 */
export function selectMaterials<T extends BillOfMaterials>(
  bill: T,
  packages: readonly Pick<CompiledPackage, 'name' | 'version'>[],
  { name, time }: { name: string; time: Date },
): Omit<T, 'serialNumber'> {
  const wanted = new Set(packages.map((entry) => `${entry.name}@${entry.version}`));
  const components = bill.components
    .filter((entry) => wanted.has(`${entry.name}@${entry.version}`))
    // npm's words for where it stands in this checkout: here everything is part of the product.
    .map((entry) => ({ ...entry, scope: 'required', properties: undefined }));
  const found = new Set(components.map((entry) => `${entry.name}@${entry.version}`));
  const missing = [...wanted].filter((entry) => !found.has(entry));
  if (missing.length > 0) {
    throw new Error(`cannot list the materials: npm does not know ${missing.join(', ')}`);
  }
  const root = bill.metadata.component;
  const refs = new Set([...components.map((entry) => entry['bom-ref']), root['bom-ref']]);
  return {
    ...bill,
    serialNumber: undefined,
    metadata: { ...bill.metadata, timestamp: time.toISOString(), component: { ...root, type: 'application', name } },
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
}
