/** The plugin's folder and its archive, made of small stand-ins through the functions that make the real ones. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { SHIPPED_PLATFORMS, executableName } from '../../../tools/platforms';
import { type PluginFile, readExecutables, readFrontend, readStaticFiles } from '../../../tools/plugin-files';
import { readReleaseTime } from '../../../tools/release-time';
import { writeZip } from '../../../tools/write-zip';
import { executableOf } from './executable-stand-in';

const CHECKOUT = join(__dirname, '../../..');
const TIME = new Date('2026-03-29T22:30:00Z');
const ROOT_FILES = {
  'plugin.json': '{"version": "%VERSION%", "updated": "%TODAY%"}',
  'README.md': 'read',
  'CHANGELOG.md': 'changes',
  LICENSE: 'licence',
  'img/logo.svg': '<svg/>',
  'img/dark/logo.svg': '<svg></svg>',
  'dashboards/map.json': '{"uid": "map"}',
};

let root: string;
let dist: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vpcflow-package-test-'));
  dist = join(root, 'dist');
  write({ ...ROOT_FILES, 'dist/module.js': 'define()' });
  for (const platform of SHIPPED_PLATFORMS) {
    write({ [`dist/${executableName(platform)}`]: executableOf(platform) });
  }
});

afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

function allFiles(): PluginFile[] {
  const backend = [...readStaticFiles(root, { version: '1.2.3', time: TIME }), ...readExecutables(dist)];
  return [...backend, ...readFrontend(dist, backend)];
}

interface ZipEntry {
  readonly path: string;
  /** Of the Unix mode: type and permissions. */
  readonly mode: number;
  /** As the format stores it, without a time zone. */
  readonly dosTime: number;
  readonly content: Buffer;
}

/** Reads an archive's directory and contents by the format's specification (APPNOTE.TXT, 4.3), in the order it has. */
function readZip(file: string): ZipEntry[] {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let rest = bytes.readUInt16LE(end + 10); rest > 0; rest--) {
    expect(bytes.toString('latin1', at, at + 4)).toBe('PK\x01\x02');
    // Made on Unix, or nobody heeds the mode.
    expect(bytes[at + 5]).toBe(3);
    const [compressed, , nameLength, extraLength, commentLength] = [20, 24, 28, 30, 32].map((field) =>
      field < 28 ? bytes.readUInt32LE(at + field) : bytes.readUInt16LE(at + field),
    ) as [number, number, number, number, number];
    const local = bytes.readUInt32LE(at + 42);
    const dataAt = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(dataAt, dataAt + compressed);
    entries.push({
      path: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      mode: bytes.readUInt32LE(at + 38) >>> 16,
      dosTime: bytes.readUInt32LE(at + 12),
      content: bytes.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

describe('the archive', () => {
  test('has one folder with the texts, the pictures and all executables, in order, with their modes', async () => {
    const file = join(root, 'plugin.zip');
    await writeZip(allFiles(), { file, folder: 'some-plugin', time: TIME });

    const entries = readZip(file);
    expect(entries.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
      '100644 some-plugin/CHANGELOG.md',
      '100644 some-plugin/LICENSE',
      '100644 some-plugin/README.md',
      '100644 some-plugin/dashboards/map.json',
      '100755 some-plugin/gpx_vpcflow_darwin_amd64',
      '100755 some-plugin/gpx_vpcflow_darwin_arm64',
      '100755 some-plugin/gpx_vpcflow_linux_amd64',
      '100755 some-plugin/gpx_vpcflow_linux_arm64',
      '100755 some-plugin/gpx_vpcflow_windows_amd64.exe',
      '100644 some-plugin/img/dark/logo.svg',
      '100644 some-plugin/img/logo.svg',
      '100644 some-plugin/module.js',
      '100644 some-plugin/plugin.json',
    ]);
    const contents = Object.fromEntries(entries.map(({ path, content }) => [path.slice(12), content]));
    expect(contents['plugin.json']?.toString()).toBe('{"version": "1.2.3", "updated": "2026-03-29"}');
    expect(contents['img/logo.svg']?.toString()).toBe('<svg/>');
    expect(contents['gpx_vpcflow_linux_arm64']).toEqual(executableOf('linux_arm64'));
  });

  test('is the same file again, whatever the order of the files and the time of day', async () => {
    const [first, second] = [join(root, 'first.zip'), join(root, 'second.zip')];
    const sha256 = await writeZip(allFiles(), { file: first, folder: 'some-plugin', time: TIME });
    const time = new Date('2026-03-29T01:00:00Z');
    expect(await writeZip(allFiles().reverse(), { file: second, folder: 'some-plugin', time })).toBe(sha256);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    expect(createHash('sha256').update(readFileSync(first)).digest('hex')).toBe(sha256);
  });

  test.each(['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Europe/Berlin'])(
    'has the same times in %s',
    (zone) => {
      // A process of its own, as the zone is the process's.
      const script = `
      import { writeZip } from './tools/write-zip';
      const files = [{ path: 'a', isExecutable: false, content: Buffer.from('a') }];
      await writeZip(files, { file: process.argv[1], folder: 'b', time: new Date('${TIME.toISOString()}') });
      process.stdout.write(String(new Date(0).getHours()));`;
      const file = join(root, 'zone.zip');
      const bun = join(CHECKOUT, 'node_modules/.bin/bun');
      const hour = execFileSync(bun, ['-e', script, file], {
        cwd: CHECKOUT,
        env: { ...process.env, TZ: zone },
        encoding: 'utf8',
      });
      expect(hour).toBe(
        { UTC: '0', 'Pacific/Kiritimati': '13', 'America/Los_Angeles': '16', 'Europe/Berlin': '1' }[zone],
      );
      // 2026-03-29 12:00:00 in the format's two words.
      expect(readZip(file).map(({ dosTime }) => dosTime)).toEqual([
        ((46 << 25) | (3 << 21) | (29 << 16) | (12 << 11)) >>> 0,
      ]);
    },
  );

  test('refuses two files under one name', async () => {
    const files = [...allFiles(), { path: 'README.md', isExecutable: false, content: Buffer.from('other') }];
    await expect(
      writeZip(files, { file: join(root, 'plugin.zip'), folder: 'some-plugin', time: TIME }),
    ).rejects.toThrow('cannot pack README.md: two files have this name');
  });

  test('fails when a file is gone by the time it is read', async () => {
    const files = allFiles();
    rmSync(join(dist, 'gpx_vpcflow_linux_arm64'));
    await expect(
      writeZip(files, { file: join(root, 'plugin.zip'), folder: 'some-plugin', time: TIME }),
    ).rejects.toThrow('ENOENT');
  });
});

describe('the files', () => {
  test('are refused without one of the executables', () => {
    rmSync(join(dist, 'gpx_vpcflow_darwin_arm64'));
    expect(allFiles).toThrow(/^cannot pack .*gpx_vpcflow_darwin_arm64: missing$/);
  });

  test('are refused without one of the texts', () => {
    rmSync(join(root, 'LICENSE'));
    expect(allFiles).toThrow(/^cannot pack .*LICENSE: missing$/);
  });

  test.each(['img/link.svg', 'dist/gpx_vpcflow_linux_amd64', 'dist/chunk.js', 'CHANGELOG.md'])(
    'are refused with a symbolic link: %s',
    (path) => {
      write({ 'dist/module.js': 'define()', 'target.svg': '<svg/>' });
      rmSync(join(root, path), { force: true });
      symlinkSync(join(root, 'target.svg'), join(root, path));
      expect(allFiles).toThrow(/^cannot pack .*: a symbolic link$/);
    },
  );

  test('are refused with a link to a folder, whatever it holds', () => {
    symlinkSync(tmpdir(), join(root, 'img/folder'));
    expect(allFiles).toThrow(/^cannot pack .*folder: a symbolic link$/);
  });

  test('are not packed before the frontend is built', () => {
    rmSync(join(dist, 'module.js'), { force: true });
    expect(() => readFrontend(dist, [])).toThrow('module.js: missing; build the frontend first');
  });

  test('have the whole frontend, each file once, and nothing that a build left', () => {
    write({
      'dist/module.js': 'define()',
      'dist/module.js.map': '{}',
      'dist/chunk-editor.js': 'define()',
      'dist/dashboards/map.json': 'the copy of a build',
      'dist/plugin.json': 'the copy of the frontend',
      'dist/img/logo.svg': 'another copy',
      'dist/package/old.zip': 'PK',
      'dist/gpx_vpcflow_linux_riscv64': 'not shipped',
    });
    const paths = allFiles().map(({ path }) => path);
    expect(paths).toHaveLength(12 + 3);
    expect(paths).toEqual(expect.arrayContaining(['module.js', 'module.js.map', 'chunk-editor.js']));
    expect(
      allFiles()
        .find(({ path }) => path === 'plugin.json')
        ?.content.toString(),
    ).toContain('1.2.3');
  });

  test.each(['dist/dashboards/plugin.json', 'dist/MANIFEST.txt'])('are refused with %s', (path) => {
    write({ 'dist/module.js': 'define()', [path]: '{}' });
    expect(allFiles).toThrow('Grafana would not load the plugin with it');
  });
});

describe('the time of a release', () => {
  test('is SOURCE_DATE_EPOCH, before that of the last commit', () => {
    expect(readReleaseTime(root, { SOURCE_DATE_EPOCH: '1774823400' })).toEqual(TIME);
    expect(() => readReleaseTime(root, { SOURCE_DATE_EPOCH: 'today' })).toThrow(
      'cannot read SOURCE_DATE_EPOCH: "today" is no number of seconds',
    );
  });

  test('is that of the last commit', () => {
    const git = (...args: string[]): void => {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'core.hooksPath=/dev/null'];
      const env = { ...process.env, GIT_COMMITTER_DATE: '1774823400 +0200' };
      execFileSync('git', [...identity, ...args], { cwd: root, env, stdio: 'ignore' });
    };
    git('init');
    git('commit', '--allow-empty', '--message', 'all');
    expect(readReleaseTime(root, {})).toEqual(TIME);
  });
});
