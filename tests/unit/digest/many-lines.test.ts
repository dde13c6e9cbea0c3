/**
 * Blocks of as many lines as the kernel reads together, and more: it reads values of several lines at a time as long as they
 * are usual ones, so nearly all are here, and the few others stand anywhere among them.
 */
import fc from 'fast-check';
import { compilePlan } from '../../../src/digest/plan';
import { normaliseScanQuery } from '../../../src/query/normalise';
import { answerOf, answerOfBoth, asDigest, digestOf, planOf, rowsOf, talliesOf } from './digest-text';

const USUAL: Readonly<Record<string, readonly string[]>> = {
  srcaddr: ['10.0.0.1', '172.31.255.254', '203.0.113.99', '1.22.133.244', '0.0.0.0', '255.255.255.255', '9.9.9.9'],
  srcport: ['0', '7', '22', '443', '8080', '65535', '00000080'],
  dstport: ['1', '53', '49152', '443', '30000'],
  packets: ['0', '1', '75', '99999999', '12345678', '00000001'],
  bytes: ['40', '123456789', '9999999999', '9007199199999999', '0000000000000001', '90071991', '1'],
  start: ['1700000000', '1700000039', '1700000040', '1700000059', '1700000060', '1700000899'],
  end: ['1700000030', '1700000960'],
  action: [...Array<string>(15).fill('ACCEPT'), 'REJECT'],
  'vpc-id': ['vpc-0a1b2c3d4e5f60718', 'vpc-0a1b2c3d4e5f60718', 'vpc-0a1b2c3d4e5f60719', 'vpc-1', '-'],
  'log-status': ['OK'],
};
const ODD: Readonly<Record<string, readonly string[]>> = {
  srcaddr: [
    ...['-', '::1', '2001:db8::1', '256.0.0.1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.04', '1.2.3.00', '1..2.3'],
    ...['.1.2.3', '1.2.3.', '1.2.3.1000', '1.2.3.4x', '1,2.3.4', '999.1.1.1', '1.2.300.4', '::ffff:1.2.3.4', '....'],
  ],
  srcport: ['-', '2147483647', '2147483648', '99999999', '100000000', '8o', ':', '/', '12345678x', '4294967296', '--'],
  packets: ['-', '100000000', '1e3', '9007199254740991', '9007199254740992', '9999999999999999', '0x10', '1:'],
  bytes: ['-', '9007199200000000', '9007199254740991', '9007199254740992', '00000000000000000000012', '12a4567890'],
  start: ['-', '1700000000123', '4294967294', '4294967295', '100000000000', '100000000001', 'now'],
  end: ['-', '1700000030999', '100000000000', '100000000001', ''],
  action: ['-', 'DENY', 'A', 'a-rather-long-action-of-more-than-thirty-two-bytes', 'ACCEPTED', 'ACCEP'],
  'vpc-id': ['vpc-0a1b2c3d4e5f60718x', 'xvpc-0a1b2c3d4e5f6071', 'exactly-16-bytes', 'exactly-32-bytes-are-in-this-one'],
  'log-status': ['NODATA', 'SKIPDATA', '-', 'ODD'],
};
const COLUMNS = Object.keys(USUAL);
const HEADER = `${COLUMNS.join(' ')}\n`;

/** Lines of usual values, of which some have something odd about them. */
const lines = fc
  .tuple(
    fc.constantFrom(1, 2, 3, 4, 5, 7, 64, 126, 127, 128, 129, 131, 190, 257, 400),
    fc.nat(),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 6 }),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('  ', ' \t', '\r', 'end', 'crlf', 'ends', 'begin', 'blank', 'short', 'long')),
      {
        maxLength: 3,
      },
    ),
  )
  .map(([count, seed, odd, shapes]) => {
    const rows = Array.from({ length: count }, (_, i) =>
      COLUMNS.map((name, k) => USUAL[name]![((seed >>> (k % 7)) + i * (k + 3) + (i >> 3)) % USUAL[name]!.length]!),
    );
    for (const [line, column, which] of odd) {
      const name = COLUMNS[column % COLUMNS.length]!;
      const values = ODD[name] ?? ['-'];
      rows[line % count]![column % COLUMNS.length] = values[which % values.length]!;
    }
    const texts = rows.map((row) => row.join(' '));
    for (const [line, shape] of shapes) {
      const at = line % count;
      const text = texts[at]!;
      const odds: Record<string, string> = {
        end: `${text} `,
        crlf: `${text}\r`,
        ends: `${text} \t \r`,
        begin: ` ${text}`,
        blank: `${text}\n`,
        short: text.slice(0, text.lastIndexOf(' ')),
        long: `${text} more`,
      };
      texts[at] = odds[shape] ?? text.replace(' ', shape);
    }
    return texts.map((text) => `${text}\n`).join('');
  });

const queries = fc.record({
  keys: fc.subarray(['srcaddr', 'srcport', 'port', 'dstport', 'action', 'vpc-id', 'packets'], { minLength: 1 }),
  portRule: fc.constantFrom('lower', 'as-logged'),
  counting: fc.constantFrom('as-logged', 'once'),
});
const extras = fc.record(
  {
    range: fc.constantFrom({ from: 1_700_000_000, to: 1_700_000_060 }, { from: 1_690_000_000, to: 1_800_000_000 }),
    filter: fc.constantFrom('action = ACCEPT', 'bytes > 100 and srcport != 443', 'log-status = NODATA', 'end > 0'),
    bucketSec: fc.constantFrom(60, 420),
  },
  { requiredKeys: [] },
);

it('the kernel reads many lines as the scanner does', () => {
  fc.assert(
    fc.property(queries, extras, lines, (query, { range, filter, bucketSec }, text) => {
      const plan = compilePlan(
        normaliseScanQuery(
          {
            ...{ view: 'digest', ...query, ...(filter && { filter }), ...(bucketSec && { bucketSec }) },
            ...(range && { range: { fromMs: range.from * 1000, toMs: range.to * 1000 } }),
          },
          { nowMs: 1_700_001_000_000 },
        ),
      );
      answerOf(plan, HEADER + text);
    }),
    { numRuns: 600 },
  );
});

it('any bytes are read as the scanner reads them, one object after the other', () => {
  const bytes = fc
    .array(fc.constantFrom(...Buffer.from('1234567890  \n\n\t\r\0-.a:\xb1\xff', 'latin1')), {
      maxLength: 900,
      size: 'max',
    })
    .map((list) => Buffer.concat([Buffer.from('srcport action bytes\n1 a 2\n'), Buffer.from(list), Buffer.from('\n')]));
  const plan = planOf({ keys: ['srcport', 'action'] });
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 3 }), (objects) => {
      answerOfBoth(plan, (digester) => {
        for (const object of objects) {
          digester.begin({});
          digester.addBlock(object);
          digester.end({ storedBytes: object.length, textBytes: object.length });
        }
      });
    }),
    { numRuns: 300 },
  );
});

it('lines longer than what is looked at together are read, and lines between them', () => {
  const long = 'x'.repeat(40_000);
  const line = (action: string): string => `5 ${action}\n`;
  const text = `srcport action\n${line('A').repeat(200)}${line(long)}${line('B').repeat(3)}${line(long)} 6  ${long} \n`;
  const digest = digestOf(planOf({ keys: ['srcport', 'action'] }), text);
  expect(rowsOf(digest).map(([port, action, flows]) => [port, String(action).length, flows])).toEqual([
    [5, 1, 200],
    [5, 1, 3],
    [5, 40_000, 2],
    [6, 40_000, 1],
  ]);
});

it.each([4, 5, 6, 7])('a text that only begins like those around it is another one (line %i)', (line) => {
  const actions = Array.from({ length: 12 }, (_, i) => (i === line ? 'ACCEPTED' : 'ACCEPT'));
  const digest = digestOf(planOf({ keys: ['action'] }), `action srcport\n${actions.map((a) => `${a} 1\n`).join('')}`);
  expect(rowsOf(digest).map(([action, flows]) => [action, flows])).toEqual([
    ['ACCEPT', 11],
    ['ACCEPTED', 1],
  ]);
});

it('a record with odd separators that begins like a header is read once', () => {
  const digest = digestOf(planOf({ keys: ['action', 'srcport'] }), 'action srcport\nend   5 \n');
  expect(rowsOf(digest).map(([action, port, flows]) => [action, port, flows])).toEqual([['end', 5, 1]]);
});

it('a header amid lines with odd separators is found, and what precedes it counts', () => {
  const text = `srcport action\n1  A\n\t2 B \naction srcport\n A 1 \n`;
  const digest = asDigest(answerOf(planOf({ keys: ['srcport', 'action'] }), text));
  expect(rowsOf(digest).map(([port, action, flows]) => [port, action, flows])).toEqual([
    [1, 'A', 2],
    [2, 'B', 1],
  ]);
  expect(talliesOf(digest)).toMatchObject({ lines: 5, headerLines: 2, flows: 3 });
});
