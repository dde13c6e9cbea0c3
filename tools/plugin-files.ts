/** The files of the plugin's folder, as Grafana finds them: from the checkout, from `dist`, and made at build. */
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SHIPPED_PLATFORMS, EXECUTABLE, type Platform, executableName, findExecutableFault } from './platforms';

/** One file of the plugin's folder. */
export interface PluginFile {
  /** Within the folder, with `/` on every system. */
  readonly path: string;
  readonly isExecutable: boolean;
  /** The bytes, or the file that has them. */
  readonly content: Buffer | { readonly file: string };
}

/** The day of a release, `YYYY-MM-DD` in UTC. */
export function formatDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** plugin.json with its version and day filled in, the texts, pictures and dashboards; all from the checkout at `root`. */
export function readStaticFiles(root: string, { version, time }: { version: string; time: Date }): PluginFile[] {
  const manifest = readFileSync(join(root, 'plugin.json'), 'utf8')
    .replaceAll('%VERSION%', version)
    .replaceAll('%TODAY%', formatDay(time));
  return [
    { path: 'plugin.json', isExecutable: false, content: Buffer.from(manifest) },
    ...['README.md', 'CHANGELOG.md', 'LICENSE'].map((path) => readPlainFile(root, path)),
    ...['img', 'dashboards'].flatMap((folder) => listFiles(root, folder)).map((path) => readPlainFile(root, path)),
  ];
}

/** The executables of all platforms in `dist`; throws if one is missing or is none for its platform. */
export function readExecutables(dist: string, platforms: readonly Platform[] = SHIPPED_PLATFORMS): PluginFile[] {
  return platforms.map((platform) => {
    const { path, content } = readPlainFile(dist, executableName(platform));
    const fault = findExecutableFault(platform, readFileSync(content.file));
    if (fault !== undefined) {
      throw new Error(`cannot pack ${path}: ${fault}`);
    }
    return { path, isExecutable: true, content };
  });
}

/**
 * The frontend's files: what else is in `dist`; throws if it has not been built. `taken` are the paths that other files
 * have.
 */
export function readFrontend(dist: string, taken: readonly PluginFile[]): PluginFile[] {
  if (!existsSync(join(dist, 'module.js'))) {
    throw new Error(`cannot pack ${join(dist, 'module.js')}: missing; build the frontend first`);
  }
  const others = new Set(taken.map(({ path }) => path));
  const paths = listFiles(dist).filter(
    (path) => !others.has(path) && !path.startsWith('package/') && !path.startsWith(EXECUTABLE),
  );
  // Grafana takes a folder with a plugin.json for a plugin, and refuses a plugin whose files differ from its manifest's.
  const stray = paths.find((path) => path.endsWith('/plugin.json') || path === 'MANIFEST.txt');
  if (stray !== undefined) {
    throw new Error(`cannot pack ${join(dist, stray)}: Grafana would not load the plugin with it`);
  }
  return paths.map((path) => readPlainFile(dist, path));
}

function readPlainFile(folder: string, path: string): PluginFile & { readonly content: { readonly file: string } } {
  const file = join(folder, path);
  const entry = lstatSync(file, { throwIfNoEntry: false });
  if (!entry?.isFile()) {
    // Grafana does not start with a link in a plugin's folder that leads out of it or nowhere.
    throw new Error(
      `cannot pack ${file}: ${entry ? (entry.isSymbolicLink() ? 'a symbolic link' : 'no file') : 'missing'}`,
    );
  }
  return { path, isExecutable: false, content: { file } };
}

/** Paths of all that is below a folder and is no folder itself, links included. */
function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}
