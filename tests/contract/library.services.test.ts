/**
 * The library as its users have it: packed, installed in a project of its own, its examples run by Node and compared with
 * what docs/library.md says they print, its types read by the compiler, its entry judged by publint and attw.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const BUN = join(ROOT, 'node_modules/.bin/bun');
const EXAMPLES = readdirSync(join(ROOT, 'examples')).sort();

let project: string;
let tarball: string;

/** Runs a program to its end; what it says on standard error is in the failure. */
function run(command: string, args: readonly string[], cwd = project): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'vpcflow-library-'));
  run(BUN, ['tools/build-library.ts'], ROOT);
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], ROOT);
  tarball = join(project, (JSON.parse(packed) as [{ filename: string }])[0].filename);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', tarball]);
  cpSync(join(ROOT, 'examples'), join(project, 'examples'), { recursive: true });
  run(BUN, ['tools/generate.ts', '--out', join(project, 'demo-logs')], ROOT);
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Code blocks of the documentation, by their languages, in order. */
function documented(): { language: string; text: string }[] {
  const text = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language: language!,
    text: code!,
  }));
}

test.each(EXAMPLES)('%s prints what the documentation says', (name) => {
  const blocks = documented();
  const at = blocks.findIndex(({ text }) => text === readFileSync(join(ROOT, 'examples', name), 'utf8'));
  expect(blocks[at]?.language).toBe('js');
  expect(run('node', [join('examples', name), 'demo-logs'])).toBe(blocks[at + 1]?.text);
});

test('all code of the documentation is that of an example', () => {
  expect(EXAMPLES.length).toBeGreaterThan(3);
  expect(documented().filter(({ language }) => language === 'js')).toHaveLength(EXAMPLES.length);
});

test('an answer that lacks something fails, unless that is only to be noted', () => {
  writeFileSync(join(project, 'damaged.gz'), Buffer.from('1f8b0800', 'hex'));
  writeFileSync(
    join(project, 'missing.mjs'),
    `import { openSources, readDigest, readRecords, parseRecord } from 'grafana-vpcflow-datasource';
     const opened = await openSources(['damaged.gz', 'good.log']);
     const count = async (options) => { let n = 0; for await (const r of readRecords(opened, {}, options)) n += r.bytes; return n; };
     const codeOf = (promise) => promise.then(() => 'none', (error) => error.code);
     console.log(await codeOf(count()), await codeOf(readDigest(opened)));
     const { digest, problems } = await readDigest(opened, {}, { onMissing: 'note' });
     console.log(await count({ onMissing: 'note' }), digest.rowCount, problems.count, problems.first[0].key);
     console.log(parseRecord('2 1 eni-1 ::1 ::2 1 2 6 1 - 1 2 ACCEPT OK').bytes, parseRecord('2 1'));`,
  );
  const line = '2 123456789012 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 70 1768471200 1768471201 ACCEPT OK\n';
  writeFileSync(join(project, 'good.log'), line.repeat(3));
  expect(run('node', ['missing.mjs'])).toBe('corrupt-object corrupt-object\n210 1 1 damaged.gz\nnull undefined\n');
});

test('the command comes with it, and Node runs it', () => {
  const command = join(project, 'node_modules/.bin/vpcflow');
  const range = ['--from', '2026-01-15T10:00:00Z', '--to', '2026-01-15T11:00:00Z'];
  const table = run(command, [
    'table',
    'demo-logs',
    ...range,
    '--by',
    'srcaddr',
    '--top',
    '1',
    '--format',
    'csv',
    '-q',
  ]);
  expect(table).toMatch(/^row,srcaddr,.*\ngroup,10\.40\.0\.11,\d+,/);
});

test('types say what there is', () => {
  writeFileSync(
    join(project, 'typed.mts'),
    `import { digestRows, FlowError, listObjects, openSources, readDigest, readRecords, readTable, startThreads } from 'grafana-vpcflow-datasource';
     import type { AskedDigest, FlowLogRecord } from 'grafana-vpcflow-datasource';
     const opened = await openSources('s3://bucket', { aws: { profile: 'x' } });
     for await (const record of readRecords(opened, { filter: 'action = REJECT' })) {
       const port: number | null | undefined = record.dstport;
       const column: string | number | null | undefined = record['a-new-column'];
       // @ts-expect-error a port is a number
       const text: string | null | undefined = record.dstport;
       console.log(port, column, text);
     }
     // @ts-expect-error it is keys
     const asked: AskedDigest = { key: ['srcaddr'] };
     const { digest } = await readDigest(opened, asked, { threads: startThreads(1) });
     for (const { keys, sums } of digestRows(digest)) console.log(keys['srcaddr'], sums['bytes']);
     for await (const { parsed } of listObjects(opened)) console.log(parsed?.region);
     const record: FlowLogRecord = { bytes: 1, srcaddr: null };
     console.log((await readTable(opened)).table.rowCount, record, new FlowError('bad-query', 'x').code);`,
  );
  const args = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  run('node', [tsc, ...args, '--typeRoots', join(ROOT, 'node_modules/@types'), 'typed.mts']);
});

test('publint and attw have no objection', () => {
  const publint = run(join(ROOT, 'node_modules/.bin/publint'), [tarball, '--level', 'warning', '--strict']);
  expect(publint).toContain('All good!');
  // There is no CommonJS, which Node since 20.19 does not need.
  const attw = run(join(ROOT, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only', '--format', 'json']);
  const { analysis } = JSON.parse(attw) as { analysis: { types: unknown; problems: { resolutionKind: string }[] } };
  expect(analysis.types).toMatchObject({ kind: 'included' });
  expect(analysis.problems.filter(({ resolutionKind }) => !/^node10$|cjs/.test(resolutionKind))).toEqual([]);
});
