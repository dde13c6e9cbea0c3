import { createReaderPrinter, READER_COLUMNS } from '../../../src/cli/print-reader-lines';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';

const dashes = (count: number): string => ' -'.repeat(count);

/** Lines and columns in, lines out. */
test.each<[name: string, columns: readonly string[], line: string, printed: string]>([
  [
    'the default format and 33 columns that it lacks',
    DEFAULT_FORMAT,
    '2 123456789010 eni-102010ab 198.51.100.1 192.0.2.1 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK',
    `2 123456789010 eni-102010ab 198.51.100.1 192.0.2.1 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK${dashes(33)}`,
  ],
  [
    'zeros and leading zeros',
    DEFAULT_FORMAT,
    '2 001 eni-1 10.0.0.1 10.0.0.2 0 00 1 007 0 1439387263 1439387264 ACCEPT OK',
    `2 001 eni-1 10.0.0.1 10.0.0.2 - - 1 7 - 1439387263 1439387264 ACCEPT OK${dashes(33)}`,
  ],
  [
    'milliseconds, another order, a new column, several spaces',
    ['end', 'a-new-column', 'start', 'tcp-flags'],
    '1439387264999  x\t1439387263000 18 ',
    `-${dashes(9)} 1439387263 1439387264 - -${dashes(3)} 18${dashes(29)}`,
  ],
])('%s', (_, columns, line, printed) => {
  expect(createReaderPrinter().print([{ startSec: 0, line, columns }])).toBe(`${printed}\n`);
  expect(printed.split(' ')).toHaveLength(READER_COLUMNS.length);
});

test('a number that is none makes no line and is counted', () => {
  const printer = createReaderPrinter();
  const columns = ['srcport', 'dstport'];
  const lines = ['1 2', '1 0x2', '-1 2', '1e3 2', '9007199254740993 2', '- -'];
  expect(printer.print(lines.map((line) => ({ startSec: 0, line, columns })))).toMatch(/^[^\n]+ 1 2 [^\n]+\n[- ]+\n$/);
  expect([printer.printed(), printer.malformed()]).toEqual([2, 4]);
});
