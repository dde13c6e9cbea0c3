/**
 * `npm run package`, after the executables of all platforms are built: writes the archive to unpack in Grafana's plugins
 * folder, `dist/package/<id>-<version>.zip`, and its checksum beside it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json';
import pluginJson from '../plugin.json';
import { ENTRIES } from './platforms';
import { type PluginFile, readExecutables, readFrontend, readStaticFiles } from './plugin-files';
import { readReleaseTime } from './release-time';
import { type BillOfMaterials, describeLicences, packageFolders, readPackage, selectMaterials } from './third-party';
import { writeZip } from './write-zip';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const { name, version } = packageJson;
const { id } = pluginJson;

const time = readReleaseTime(ROOT, process.env);
const backend = [...readStaticFiles(ROOT, { version, time }), ...readExecutables(DIST), ...describeThirdParty()];
const frontend = readFrontend(DIST, backend);
const files = [...backend, ...frontend];

const folder = join(DIST, 'package');
const archive = `${id}-${version}.zip`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const sha256 = await writeZip(files, { file: join(folder, archive), folder: id, time });
writeFileSync(join(folder, `${archive}.sha256`), `${sha256}  ${archive}\n`);

for (const { path, content } of files) {
  const bytes = Buffer.isBuffer(content) ? content.length : statSync(content.file).size;
  process.stdout.write(`${(bytes / 1e6).toFixed(1).padStart(8)} MB  ${path}\n`);
}
process.stdout.write(
  `dist/package/${archive} ${(statSync(join(folder, archive)).size / 1e6).toFixed(0)} MB, sha256 ${sha256}\n`,
);

/** Licences and bill of materials of all that the bundlers take in, of the runtime, and of the kernel's compiler. */
function describeThirdParty(): PluginFile[] {
  const bundled = packageFolders([...listBundledFiles(), ...listFrontendFiles()]);
  const compiled = [...bundled, 'node_modules/bun', 'node_modules/assemblyscript'];
  const packages = compiled.map((path) => readPackage(join(ROOT, path)));
  const bun = packages.find((entry) => entry.name === 'bun')!;
  const licences = describeLicences(packages, [
    `Bun ${bun.version} is the runtime that the executables begin with. Its own code is under the MIT licence; it is linked ` +
      'with libraries under licences of their own, among them JavaScriptCore of WebKit under the LGPL 2. All of them, and ' +
      `how to link again with a changed one: https://github.com/oven-sh/bun/blob/bun-v${bun.version}/LICENSE.md`,
    '@hpcc-js/wasm-graphviz holds Graphviz, under the Eclipse Public License (https://graphviz.org/license/), and Expat, ' +
      'under the MIT licence, compiled to WebAssembly. Their sources: https://gitlab.com/graphviz/graphviz and ' +
      'https://github.com/libexpat/libexpat',
    'Of AssemblyScript, which compiles the digest kernel, the executables hold parts of its standard library.',
  ]);
  const bill = run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']);
  const materials = selectMaterials(JSON.parse(bill) as BillOfMaterials, packages, { name, time });
  return [
    { path: 'THIRD-PARTY-LICENSES.txt', isExecutable: false, content: Buffer.from(licences) },
    {
      path: 'sbom.cdx.json',
      isExecutable: false,
      content: Buffer.from(`${JSON.stringify(materials, undefined, 2)}\n`),
    },
  ];
}

/** What is in `module.js`, by its source map: `webpack://<id>/./node_modules/zod/index.js`. */
function listFrontendFiles(): string[] {
  const { sources } = JSON.parse(readFileSync(join(DIST, 'module.js.map'), 'utf8')) as { sources: readonly string[] };
  return sources.flatMap((source) => /node_modules\/.*/.exec(source)?.[0] ?? []);
}

/** Bundles the executable once more, only to learn which files are in it. */
function listBundledFiles(): string[] {
  const scratch = mkdtempSync(join(tmpdir(), 'vpcflow-package-'));
  try {
    const report = join(scratch, 'report.json');
    run(process.execPath, [
      'build',
      '--target',
      'bun',
      '--outdir',
      scratch,
      '--root',
      'src',
      `--metafile=${report}`,
      ...ENTRIES,
    ]);
    const { inputs } = JSON.parse(readFileSync(report, 'utf8')) as { inputs: Record<string, unknown> };
    return Object.keys(inputs);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64e6,
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status !== 0) {
    throw new Error(`cannot run ${command} ${args[0]}: ${error?.message ?? stderr}`);
  }
  return stdout;
}
