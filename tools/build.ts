/**
 * `npm run build`: compiles the executable to one file per platform, `dist/gpx_vpcflow_<os>_<arch>`, as Grafana names
 * backends, and puts plugin.json and what it names beside it, so that Grafana can load `dist` as it is. Without arguments
 * for this platform; `--all` for every platform that is shipped.
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

const here = `${NODE_OS[process.platform]}_${NODE_ARCH[process.arch]}`;
const isRelease = process.argv.includes('--all');
const platforms = isRelease ? SHIPPED_PLATFORMS : [here];

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
  const [os, arch] = platform.split('_');
  const file = join('dist', executableName(platform));
  const target = `bun-${os}-${arch === 'amd64' ? 'x64' : arch}`;
  // The worker is an entry of its own, found by its place in the executable's own file system. Bytecode halves the time to
  // start.
  const embedded = `${os === 'windows' ? 'B:/~BUN' : '/$bunfs'}/root/scan/worker.js`;
  const { status } = spawnSync(
    process.execPath,
    [
      ...['build', '--compile', '--minify', '--bytecode', '--root', 'src', ...ENTRIES],
      ...['--define', `EMBEDDED_WORKER=${JSON.stringify(embedded)}`, '--outfile', file],
      // What is shipped for Linux is linked with glibc, wherever it is built; a build for this machine is linked as Bun is here.
      ...(isRelease ? ['--target', target] : []),
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
  process.stdout.write(`${file} ${(statSync(join(ROOT, file)).size / 1e6).toFixed(0)} MB\n`);
}
