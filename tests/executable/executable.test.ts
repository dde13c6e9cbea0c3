import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FORMATS } from '../../src/cli/print-answer';
import { type LogObject, writeDemoCorpus } from '../../tools/demo-corpus';
import { createFileSink } from '../../tools/write-objects';
import { CHECKOUT_COMMAND, findExecutable, runExecutable, startExecutable } from '../helpers/executable';
import { logBytes, logKey, logText, recordLine } from '../unit/scan/flow-logs';
import { run } from '../unit/cli/run-cli';

let folder: string;
let demo: string;
const objects: LogObject[] = [];

beforeAll(async () => {
  findExecutable();
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-executable-'));
  demo = join(folder, 'demo');
  const { sink, close } = createFileSink(demo);
  await writeDemoCorpus(async (object) => {
    if (objects.length < 12) {
      objects.push(object);
      await sink(object);
    }
  });
  await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(folder, 'f-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

const ended = (stdout: string, { exitCode = 0, stderr = '' } = {}) => ({ exitCode, signal: null, stdout, stderr });

describe('the executable', () => {
  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runExecutable(['--version'])).toEqual(ended(`${version}\n`));
  });

  test('runs nothing of the folder that it is started in, and believes none of its variables', async () => {
    const cwd = makeFolder({
      'bunfig.toml': 'preload = ["./run.ts"]',
      'run.ts': 'console.error("was run");',
      '.env': 'AWS_CA_BUNDLE=/nowhere',
    });
    expect(await startExecutable(['--version'], { cwd }).ended).toMatchObject({ exitCode: 0, stderr: '' });
    // A bundle that is not there is what this would fail for.
    const read = startExecutable(
      ['table', 's3://bucket/', '--endpoint-url', 'http://127.0.0.1:1', '-q', '--max-seconds', '1'],
      { cwd },
    );
    read.child.stdin.end();
    expect((await read.ended).stderr).not.toContain('/nowhere');
  });

  test('--help', async () => {
    const { exitCode, stdout, stderr } = await runExecutable(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Exit codes: 0 whole answer');
  });

  test('the digest of a folder is the same with 0, 1 and 2 workers, and as in another runtime', async () => {
    const args = ['digest', demo, '--quiet'];
    const { stdout } = await run(args);
    expect(stdout.split('\n').length).toBeGreaterThan(1000);
    for (const workers of ['0', '1', '2']) {
      const there = await runExecutable([...args, '--workers', workers]);
      // Compared as a whole: a difference of megabytes is of no use to a reader.
      expect(there.stdout === stdout).toBe(true);
      expect([there.exitCode, there.stderr]).toEqual([0, '']);
    }
  });

  test.each(Object.entries(FORMATS).flatMap(([command, formats]) => formats.map((format) => [command, format])))(
    '%s --format %s says what the sources say in another runtime',
    async (command, format) => {
      // Completeness looks at the last day by itself, and measures ages up to now: other moments for the two.
      const range =
        command === 'completeness' ? ['--from', '2026-01-15T10:00:00Z', '--to', '2026-01-15T11:00:00Z'] : [];
      const args = [command!, demo, '--format', format!, '--quiet', ...range];
      const [there, here] = [await runExecutable(args), await run(args)];
      expect([there.exitCode, there.stderr]).toEqual([0, '']);
      expect(there.stdout.length).toBeGreaterThan(100);
      const shape = (output: string): string =>
        command === 'completeness' ? output.replaceAll(/[\d.]+[a-z]*/g, '0').replaceAll(/ +/g, ' ') : output;
      expect(shape(there.stdout) === shape(here.stdout)).toBe(true);
    },
  );

  test('bin/vpcflow gives the same output and exit code', async () => {
    for (const args of [
      ['digest', demo, '--quiet'],
      ['table', '--filter', 'action ='],
      ['table', '/no/such/folder'],
    ]) {
      const [built, checkout] = [await runExecutable(args), await runExecutable(args, { command: CHECKOUT_COMMAND })];
      expect(checkout.stdout === built.stdout).toBe(true);
      expect([checkout.exitCode, checkout.stderr]).toEqual([built.exitCode, built.stderr]);
    }
  });

  test('a graph as SVG is well-formed', async () => {
    const { exitCode, stdout, stderr } = await runExecutable(['graph', demo, '--format', 'svg', '--top', '12', '-q']);
    expect([exitCode, stderr]).toEqual([0, '']);
    assertWellFormed(stdout);
    expect(stdout.match(/class="node"/g)?.length).toBeGreaterThan(10);
    expect(() => assertWellFormed(stdout.replace('</text>', ''))).toThrow();
  });
});

describe('objects', () => {
  const text = logText([recordLine({ bytes: 1 }), recordLine({ bytes: 2 })]);
  const whole = gzipSync(text);

  test.each(['0', '2'])('that are damaged are exit code 3 with the key, with %s workers', async (workers) => {
    const random = Buffer.from(Array.from({ length: 30_000 }, (_, i) => (i * 2_654_435_761) >>> 24));
    const noise = gzipSync(text + random.toString('base64'));
    const bad = {
      'cut.gz': whole.subarray(0, whole.length - 4),
      'crc.gz': Uint8Array.from(whole, (byte, i) => (i === whole.length - 8 ? byte ^ 1 : byte)),
      'length.gz': Uint8Array.from(whole, (byte, i) => (i === whole.length - 4 ? byte ^ 1 : byte)),
      'half.gz': noise.subarray(0, noise.length >> 1),
      'second.gz': Buffer.concat([whole, whole.subarray(0, 15)]),
      'text.txt': 'this is no log\n',
    };
    const root = makeFolder({ ...bad, 'good.log.gz': logBytes({ bytes: 5 }), 'empty.log': '' });
    const args = ['digest', root, '--by', 'action', '--workers', workers];
    const { exitCode, stdout, stderr } = await runExecutable(args);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('ACCEPT 1 5 1 ');
    for (const key of Object.keys(bad)) {
      expect(stderr).toMatch(new RegExp(`^NOT READ: ${key}: `, 'm'));
    }
    expect(stderr.match(/^NOT READ/gm)).toHaveLength(6);
    expect(stderr).not.toMatch(/\n +at /);
    // The same from standard input, which is not read as a whole.
    for (const content of Object.values(bad)) {
      const piped = await runExecutable(['digest', '-', '--workers', workers], { input: content });
      expect(piped.exitCode).toBe(3);
      expect(piped.stderr).toContain('NOT READ: standard input: ');
      expect(piped.stderr).toContain('0 records from 0 objects');
    }
  });

  test.each(['0', '2'])('of several gzip members count as a whole, with %s workers', async (workers) => {
    const members = Buffer.concat([whole, gzipSync(recordLine({ bytes: 40 }) + '\n'), gzipSync('')]);
    const args = ['digest', '--by', 'action', '-q', '--workers', workers];
    for (const { exitCode, stdout } of [
      await runExecutable([...args, makeFolder({ 'a.gz': members })]),
      await runExecutable([...args, '-'], { input: members }),
    ]) {
      expect(exitCode).toBe(0);
      expect(stdout).toContain('ACCEPT 3 43 3 ');
    }
  });

  test('larger than is read at once flow through', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_, i) => recordLine({ src: `10.0.${i >> 8}.${i & 255}`, bytes: 1 }) + '\n',
    );
    const large = Buffer.from(logText([]) + lines.join('').repeat(100));
    expect(large.length).toBeGreaterThan(8 * 2 ** 20);
    const root = makeFolder({ 'plain.log': large, 'gzip.log.gz': gzipSync(large, { level: 0 }) });
    for (const workers of ['0', '2']) {
      const { stdout } = await runExecutable(['digest', root, '--by', 'action', '-q', '--workers', workers]);
      expect(stdout).toContain('ACCEPT 200000 200000 200000 ');
    }
    const { stdout } = await runExecutable(['digest', '--by', 'action', '-q'], { input: large });
    expect(stdout).toContain('ACCEPT 100000 100000 100000 ');
  });

  test('without --quiet standard error has notes, and no escape sequence', async () => {
    const { stderr } = await runExecutable(['table', demo]);
    expect(stderr).toMatch(/^[\d,]+ records from 12 objects \(/);
    expect(stderr).not.toContain('\u001b');
    expect((await runExecutable(['table', demo, '-q'])).stderr).toBe('');
  });
});

describe('the end of the process', () => {
  test('a reader that has seen enough ends it without a word', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      recordLine({ src: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }),
    );
    const root = makeFolder({ 'many.log': logText(lines) });
    const { child, ended } = startExecutable(['digest', root, '--quiet']);
    child.stdin.end();
    await new Promise((seen) => child.stdout.once('data', seen));
    child.stdout.destroy();
    const { exitCode, signal, stderr } = await ended;
    expect([exitCode, signal, stderr]).toEqual([0, null, '']);
  });

  test.each([
    ['SIGINT', 'executable'],
    ['SIGTERM', 'executable'],
    ['SIGINT', 'bin/vpcflow'],
    ['SIGTERM', 'bin/vpcflow'],
  ] as const)('%s while it waits for standard input: %s ends with 130', async (signal, what) => {
    const running = startExecutable(['digest', '-'], {
      command: what === 'executable' ? findExecutable() : CHECKOUT_COMMAND,
      isGroup: true,
    });
    await fillPipe(running.child.stdin);
    // A terminal's Ctrl-C goes to all processes of the group.
    process.kill(signal === 'SIGINT' ? -running.child.pid! : running.child.pid!, signal);
    const { exitCode, stdout, stderr } = await running.ended;
    expect([exitCode, stdout, stderr]).toEqual([130, '', '']);
  });

  test('a failure ends it although standard input stays open', async () => {
    const { child, ended } = startExecutable(['graph', '-', '--max-keys', '1']);
    child.stdin.write(
      logText(Array.from({ length: 2000 }, (_, i) => recordLine({ src: `10.0.${i >> 8}.${i & 255}` }))),
    );
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^vpcflow: cannot digest: more than 1 distinct keys/);
  });

  test('usage, failure and limits have their exit codes', async () => {
    const codes = [];
    for (const args of [['table', '--from', 'then'], ['table', '--frob'], ['table', '/no/such'], ['frob']]) {
      codes.push((await runExecutable(args)).exitCode);
    }
    expect(codes).toEqual([2, 2, 1, 2]);
    const root = makeFolder({
      [logKey('2026-01-15T10:00:00Z')]: logBytes({}),
      [logKey('2026-01-15T10:05:00Z')]: logBytes({}),
    });
    expect((await runExecutable(['table', root, '--max-objects', '1'])).exitCode).toBe(1);
    const partial = await runExecutable(['table', root, '--max-objects', '1', '--partial']);
    expect(partial.exitCode).toBe(3);
    expect(partial.stderr).toContain('1 record from 1 object');
  });
});

/** Writes until the reader's pipe is full and it has taken some: then it is reading. */
async function fillPipe(stdin: NodeJS.WritableStream): Promise<void> {
  stdin.write(logText([recordLine()]));
  const block = (recordLine() + '\n').repeat(2000);
  for (let written = 0; written < 4 * 2 ** 20; written += block.length) {
    if (!stdin.write(block)) {
      await new Promise((drained) => stdin.once('drain', drained));
    }
  }
}

/** Throws unless the text is one element whose tags match and whose text needs no more escaping. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  let roots = 0;
  const text = xml.replace(/<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<!--[^]*?-->/g, '');
  for (const [whole, tag = '', content = ''] of text.matchAll(/<([^>]*)>|([^<]+)/g)) {
    if (tag === '') {
      if (
        /[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);)/i.test(content) ||
        (open.length === 0 && content.trim() !== '')
      ) {
        throw new Error(`text out of place: ${content}`);
      }
      continue;
    }
    const match = /^(\/)?([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/)?$/.exec(tag);
    if (!match) {
      throw new Error(`no tag: ${whole}`);
    }
    const [, isEnd, name = '', , isEmpty] = match;
    if (isEnd) {
      if (open.pop() !== name) {
        throw new Error(`unexpected ${whole}`);
      }
    } else {
      roots += open.length === 0 ? 1 : 0;
      if (!isEmpty) {
        open.push(name);
      }
    }
  }
  if (open.length > 0 || roots !== 1) {
    throw new Error(`not closed: ${open.join()}; ${roots} roots`);
  }
}
