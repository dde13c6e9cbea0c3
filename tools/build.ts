/**
 * `npm run build`: compiles the executable to one file per platform, `dist/gpx_vpcflow_<os>_<arch>`, as Grafana names
 * backends, and puts plugin.json and what it names beside it, so that Grafana can load `dist` as it is. Without arguments
 * for this platform, and where that is not Linux also for the Linux of containers here; `--all` for every platform that is
 * shipped.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import packageJson from '../package.json';
import { ENTRIES, SHIPPED_PLATFORMS, executableName } from './platforms';
import { readStaticFiles } from './plugin-files';
import { readReleaseTime } from './release-time';

const ROOT = join(import.meta.dirname, '..');
const NODE_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const NODE_OS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

const arch = NODE_ARCH[process.arch];
const here = `${NODE_OS[process.platform]}_${arch}`;
const isRelease = process.argv.includes('--all');
const platforms = isRelease ? SHIPPED_PLATFORMS : [...new Set([here, `linux_${arch}`])];

for (const { path, content } of readStaticFiles(ROOT, {
  version: packageJson.version,
  time: readReleaseTime(ROOT, process.env),
})) {
  const target = join(ROOT, 'dist', path);
  mkdirSync(dirname(target), { recursive: true });
  if (Buffer.isBuffer(content)) {
    writeFileSync(target, content);
  } else {
    copyFileSync(content.file, target);
  }
}
for (const platform of platforms) {
  const [os, cpu] = platform.split('_');
  const file = join('dist', executableName(platform));
  const target = `bun-${os}-${cpu === 'amd64' ? 'x64' : cpu}`;
  // Threads have entries of their own, found by their places in the executable's own file system. Bytecode halves the time
  // to start, and what is imported when it is needed is a file of its own, so that a command does not load the SDK.
  const embedded = `${os === 'windows' ? 'B:/~BUN' : '/$bunfs'}/root/`;
  const { status } = spawnSync(
    process.execPath,
    [
      ...['build', '--compile', '--minify', '--bytecode', '--format=esm', '--splitting', '--root', 'src', ...ENTRIES],
      // Whoever starts it in a folder does not ask for what lies there to be run (bunfig.toml) or believed (.env).
      ...['--no-compile-autoload-bunfig', '--no-compile-autoload-dotenv'],
      ...['--define', `EMBEDDED_ROOT=${JSON.stringify(embedded)}`, '--outfile', file],
      // What is shipped for Linux is linked with glibc, wherever it is built; a build for this machine is linked as Bun is here.
      ...(isRelease || platform !== here ? ['--target', target] : []),
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
  process.stdout.write(`${file} ${(statSync(join(ROOT, file)).size / 1e6).toFixed(0)} MB\n`);
}
