/**
 * `npm run build`: compiles the executable to one file per platform, `dist/gpx_vpcflow_<os>_<arch>`, as Grafana names
 * backends. Without arguments for this platform; `--all` for every platform that is shipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const NODE_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const NODE_OS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const SHIPPED = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64', 'windows_amd64'];

const here = `${NODE_OS[process.platform]}_${NODE_ARCH[process.arch]}`;
const platforms = process.argv.includes('--all') ? SHIPPED : [here];

mkdirSync(join(ROOT, 'dist'), { recursive: true });
for (const platform of platforms) {
  const [os, arch] = platform.split('_');
  const file = join('dist', `gpx_vpcflow_${platform}${os === 'windows' ? '.exe' : ''}`);
  const target = `bun-${os}-${arch === 'amd64' ? 'x64' : arch}`;
  // The worker is an entry of its own, found by its place in the executable's own file system. Bytecode halves the time to
  // start.
  const embedded = `${os === 'windows' ? 'B:/~BUN' : '/$bunfs'}/root/scan/worker.js`;
  const { status } = spawnSync(
    process.execPath,
    [
      ...['build', '--compile', '--minify', '--bytecode', '--root', 'src', 'src/main.ts', 'src/scan/worker.ts'],
      ...['--define', `EMBEDDED_WORKER=${JSON.stringify(embedded)}`, '--outfile', file],
      ...(platform === here ? [] : ['--target', target]),
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
  process.stdout.write(`${file} ${(statSync(join(ROOT, file)).size / 1e6).toFixed(0)} MB\n`);
}
