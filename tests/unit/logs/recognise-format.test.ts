import { readFileSync } from 'node:fs';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT, FIELDS } from '../../../src/flow/fields';
import { splitLine } from '../../../src/flow/header';
import { countTokens, KNOWN_FORMATS, recogniseFormats } from '../../../src/logs/recognise-format';

const upTo = (version: number) =>
  FIELDS.filter((field) => field.version <= version && field.scope !== 'tgw').map(({ name }) => name);
const sorted = (columns: readonly string[]) => [...columns].sort();

/** Literal records, as AWS's documents and samples show them. */
const RECORDS: readonly (readonly [what: string, line: string, columns: readonly string[] | undefined])[] = [
  [
    'version 2',
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
    DEFAULT_FORMAT,
  ],
  [
    'version 2, IPv6',
    '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
    DEFAULT_FORMAT,
  ],
  [
    'version 2, no data',
    '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
    DEFAULT_FORMAT,
  ],
  [
    'version 2, skipped, with milliseconds and an unknown account',
    '2 unknown eni-11111111aaaaaaaaa - - - - - - - 1431280876000 1431280934000 - SKIPDATA',
    DEFAULT_FORMAT,
  ],
  [
    'version 3 in the documented order',
    '3 123456789010 eni-1235b8ca123456789 10.0.1.5 10.0.0.220 39812 80 6 20 4249 1566848875 1566848933 ACCEPT OK vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 3 IPv4 10.0.1.5 10.0.0.220',
    upTo(3),
  ],
  [
    'version 3 in the order of the examples',
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
    'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status'.split(
      ' ',
    ),
  ],
  [
    'version 5 in the documented order',
    '5 123456789010 eni-1235b8ca123456789 10.0.1.5 10.0.0.220 39812 80 6 20 4249 1566848875 1566848933 ACCEPT OK vpc-abcdefab012345678 subnet-aaaaaaaa012345678 - 3 IPv4 10.0.1.5 10.0.0.220 us-east-1 use1-az1 - - - S3 egress 8',
    upTo(5),
  ],
  [
    'version 5 in alphabetical order',
    '123456789010 ACCEPT use1-az1 4249 10.0.0.220 80 1566848933 egress - eni-1235b8ca123456789 OK 20 S3 10.0.0.220 - 10.0.1.5 6 us-east-1 10.0.1.5 39812 1566848875 - - subnet-aaaaaaaa012345678 3 8 IPv4 5 vpc-abcdefab012345678',
    sorted(upTo(5)),
  ],
  [
    'version 5 in alphabetical order, no data',
    '123456789010 - use1-az1 - - - 1566848933 - - eni-1235b8ca123456789 NODATA - - - - - - us-east-1 - - 1566848875 - - subnet-aaaaaaaa012345678 - - - 5 vpc-abcdefab012345678',
    sorted(upTo(5)),
  ],
  [
    'Transit Gateway',
    '6 TransitGateway 123456789012 tgw-0123456789abcdef0 tgw-attach-0123456789abcdef0 123456789012 123456789013 vpc-0a vpc-0b subnet-0a subnet-0b eni-0a eni-0b use1-az1 use1-az2 tgw-attach-0123456789abcdef1 10.1.0.4 10.2.0.4 5000 443 6 3 180 1661981040 1661981099 OK IPv4 0 0 0 0 2 us-east-1 ingress - -',
    DEFAULT_TGW_FORMAT,
  ],
  // A custom order: bytes before packets cannot be told, so nothing is guessed.
  ['a custom order', '10.0.1.5 10.0.0.220 80 6 4249 1566848875 ACCEPT', undefined],
  [
    'a column that has not the shape',
    '2 123456789010 - 10.0.1.5 10.0.0.300 39812 80 6 20 4249 1566848875 1566848933 ACCEPT OK',
    undefined,
  ],
  [
    'a port out of range',
    '2 123456789010 eni-0a 10.0.1.5 10.0.0.3 70000 80 6 20 4249 1566848875 1566848933 ACCEPT OK',
    undefined,
  ],
  ['fourteen words', 'the quick brown fox jumps over the lazy dog and then it sleeps again', undefined],
  ['JSON', '{"level":"info","message":"hello"}', undefined],
];

test.each(RECORDS)('%s', (_, line, columns) => {
  expect(recogniseFormats([line]).map((found) => found.columns)).toEqual(columns === undefined ? [] : [columns]);
});

test('each known format is recognised by a record of its own, and by no other order', () => {
  const value: Readonly<Record<string, string>> = {
    version: '11',
    'resource-type': 'TransitGateway',
    'account-id': '123456789012',
    'interface-id': 'eni-0a',
    start: '1566848875',
    end: '1566848933',
    action: 'ACCEPT',
    'log-status': 'OK',
    'vpc-id': 'vpc-0a',
    'subnet-id': 'subnet-0a',
    srcaddr: '10.0.0.1',
    dstaddr: '10.0.0.2',
    type: 'IPv4',
    region: 'us-east-1',
  };
  for (const columns of KNOWN_FORMATS) {
    const line = columns.map((name) => value[name] ?? '-').join(' ');
    expect(recogniseFormats([line])).toEqual([{ columns, messages: 1 }]);
  }
  expect(KNOWN_FORMATS.length).toBeGreaterThan(15);
});

test('several formats, the most frequent first, and how many messages are of none', () => {
  const [v2, , , , , , v5] = RECORDS.map(([, line]) => line);
  const found = recogniseFormats([v5!, v2!, v2!, 'something else', '{}']);
  expect(found).toEqual([
    { columns: DEFAULT_FORMAT, messages: 2 },
    { columns: upTo(5), messages: 1 },
  ]);
});

test.each(['flowlogs-reader_v2_records.log'])('the records of the sample %s', (name) => {
  const path = `${__dirname}/../../golden/samples/${name}`;
  const lines = readSample(path);
  const [found] = recogniseFormats(lines);
  expect(found?.columns).toEqual(DEFAULT_FORMAT);
});

test.each(['', ' ', 'a', ' a  b\tc ', 'a\r\n', 'a\nb', '\u0000a\u0001'])('tokens of %j', (text) => {
  expect(countTokens(text)).toBe(splitLine(text).length);
});

function readSample(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trim().split('\n');
}
