/** The worked example of docs/queries.md: its records give its figures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../cli/run-cli';

const DOCS = readFileSync(join(__dirname, '../../../docs/queries.md'), 'utf8');
const RECORDS = [...DOCS.matchAll(/^(eni-\w+) +(\S+) +(\S+) +(\d+) bytes (\w+)$/gm)];
const FIGURES = [...DOCS.matchAll(/^\| `(once|as-logged)` +\| +([\d,]+) \| +(\d+) \| +(\d+) \|$/gm)];

test('the example is there', () => {
  expect([RECORDS.length, FIGURES.length]).toEqual([8, 2]);
});

test.each(FIGURES.map(([, ...cells]) => cells))('%s: %s bytes, %s flows, %s copies', async (...figures) => {
  const lines = RECORDS.map(
    ([, eni, source, target, bytes, action]) =>
      `2 123456789012 ${eni} ${source} ${target} 40000 443 6 1 ${bytes} 1700000000 1700000060 ${action} OK`,
  );
  const [counting, bytes, flows, copies] = figures as [string, string, string, string];
  const { stdout } = await run(['table', '--by', 'protocol', '--counting', counting, '--format', 'json'], {
    input: `${lines.join('\n')}\n`,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    totals: { bytes: Number(bytes.replace(',', '')), flows: Number(flows) },
    tallies: { copies: Number(copies) },
  });
});
