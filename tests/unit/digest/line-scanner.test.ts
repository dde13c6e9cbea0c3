import { cellText, findKey, measureValues } from '../../../src/digest/digest';
import { FlowError } from '../../../src/errors';
import { bytesOf, digestOf, planOf, rowsOf, talliesOf } from './digest-text';

const DEFAULT_HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

/** What a digest by one column makes of one token in it. */
function readToken(name: string, token: string): number | string | null | 'bad' {
  const digest = digestOf(planOf({ keys: [name] }), `${name} log-status\n${token} OK\n`);
  if (digest.tallies.badValue === 1) {
    expect(digest.rowCount).toBe(0);
    return 'bad';
  }
  expect(digest.tallies.flows).toBe(1);
  return rowsOf(digest)[0]![0]!;
}

describe('createLineScanner', () => {
  it.each<[string, string, number | string | null]>([
    ['srcport', '0', 0],
    ['srcport', '65535', 65535],
    ['srcport', '65536', 'bad'],
    ['dstport', '70000', 'bad'],
    ['dstport', '00080', 80],
    ['dstport', '080x', 'bad'],
    ['protocol', '255', 255],
    ['protocol', '256', 'bad'],
    ['version', '2147483647', 2147483647],
    ['version', '2147483648', 'bad'],
    ['version', '4294967295', 'bad'],
    ['version', '4294967296', 'bad'],
    ['version', '4294967298', 'bad'],
    ['version', '99999999999999999999999', 'bad'],
    ['tcp-flags', '19', 19],
    ['tcp-flags', '-1', 'bad'],
    ['tcp-flags', '+1', 'bad'],
    ['tcp-flags', '1.0', 'bad'],
    ['tcp-flags', '1/', 'bad'],
    ['tcp-flags', '1:', 'bad'],
    ['tcp-flags', '--', 'bad'],
    ['tcp-flags', '-', null],
    ['bytes', '0', 0],
    ['bytes', '123456789', 123456789],
    ['bytes', '1234567890', 1234567890],
    ['bytes', '4294967296', 4294967296],
    ['bytes', '9007199254740991', 9007199254740991],
    ['bytes', '9007199254740992', 'bad'],
    ['bytes', '9007199254740993', 'bad'],
    ['bytes', '9'.repeat(400), 'bad'],
    ['bytes', '00000000000000000000007', 7],
    ['bytes', '1e3', 'bad'],
    ['bytes', '12345678x', 'bad'],
    ['bytes', '123456789x', 'bad'],
    ['bytes', '1234567890x1', 'bad'],
    ['bytes', 'x', 'bad'],
    ['bytes', '-5', 'bad'],
    ['srcaddr', '0.0.0.0', '0.0.0.0'],
    ['srcaddr', '255.255.255.255', '255.255.255.255'],
    ['srcaddr', '192.168.10.200', '192.168.10.200'],
    ['srcaddr', '10.0.0.256', 'bad'],
    ['srcaddr', '256.0.0.1', 'bad'],
    ['srcaddr', '10.0.260.1', 'bad'],
    ['srcaddr', '10.0.0.999', 'bad'],
    ['srcaddr', '10.0.0.1.1', 'bad'],
    ['srcaddr', '10.0.0.1.1.1.1.1.1.1.1', 'bad'],
    ['srcaddr', '10.0.0', 'bad'],
    ['srcaddr', '10.0.0.', 'bad'],
    ['srcaddr', '10.0..1', 'bad'],
    ['srcaddr', '.10.0.1', 'bad'],
    // Never octal by accident: refused, as in a filter.
    ['srcaddr', '010.0.0.1', 'bad'],
    ['srcaddr', '10.00.0.1', 'bad'],
    ['srcaddr', '10.0.0.01', 'bad'],
    ['srcaddr', '10.0.0.1:80', 'bad'],
    ['srcaddr', '10.0.0.1/8', 'bad'],
    ['srcaddr', '10.0.0.1x', 'bad'],
    ['srcaddr', '2a02:cf40::', '2a02:cf40::'],
    ['srcaddr', '2001:DB8:0:0::0001', '2001:db8::1'],
    ['srcaddr', '::1.2.3.4', '::102:304'],
    ['srcaddr', '::ffff:1.2.3.4', '::ffff:102:304'],
    ['srcaddr', 'fe80::1%eth0', 'bad'],
    ['srcaddr', '0000:0000:0000:0000:0000:ffff:255.255.255.255', '::ffff:ffff:ffff'],
    ['srcaddr', '0000:0000:0000:0000:0000:ffff:255.255.255.2555', 'bad'],
    ['srcaddr', ':'.repeat(5000), 'bad'],
    ['srcaddr', '--', 'bad'],
    ['srcaddr', '-', null],
    ['action', '-', null],
    ['action', '--', '--'],
    ['vpc-id', 'ü', 'ü'],
    ['account-id', '000000000001', '000000000001'],
    ['instance-tag', '-', null],
    ['instance-tag', '%2D', '-'],
    ['instance-tag', 'a%20b%2Fc', 'a b/c'],
    ['instance-tag', '%C3%BC', 'ü'],
    ['instance-tag', '100%', '100%'],
    ['vpc-id', '%2D', '%2D'],
  ])('reads %s %s as %j', (name, token, value) => {
    expect(readToken(name, token)).toBe(value);
  });

  it('reads a column that the dictionary does not know as text', () => {
    const digest = digestOf(planOf({ keys: ['`shiny-new`'] }), 'bytes shiny-new\n5 007\n6 -\n7 007\n');
    expect(rowsOf(digest)).toEqual([
      ['007', 2, 0, 12],
      [null, 1, 0, 6],
    ]);
  });

  it('adds up to 2⁵³ − 1 exactly', () => {
    const text = `bytes packets\n${['9007199254740000', '990', '1', '-'].map((n) => `${n} 1`).join('\n')}`;
    expect(rowsOf(digestOf(planOf({ keys: [] }), text))).toEqual([[4, 4, 9007199254740991]]);
  });

  it('does not judge columns that the query does not read', () => {
    const text = 'srcaddr srcport bytes instance-tag end\nnonsense 70000 5 %zz 12\n';
    expect(talliesOf(digestOf(planOf({ keys: ['end'] }), text))).toMatchObject({ flows: 1 });
    expect(talliesOf(digestOf(planOf({ keys: ['srcport'] }), text))).toMatchObject({ badValue: 1 });
    expect(talliesOf(digestOf(planOf({ keys: [], filter: 'srcport = 80' }), text))).toMatchObject({ badValue: 1 });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['an OK record', '10.0.0.1 1 40 OK', { flows: 1 }],
    ['no traffic', '- - - NODATA', { noData: 1 }],
    ['no traffic with data, as some tools print it', '10.0.0.1 1 40 NODATA', { noData: 1 }],
    ['lost records', '- - - SKIPDATA', { skipData: 1 }],
    ['an unknown status', '10.0.0.1 1 40 ok', { badStatus: 1 }],
    ['a status that begins like one', '10.0.0.1 1 40 OKAY', { badStatus: 1 }],
    ['a blocked flow without counts', '10.0.0.1 - - OK', { flows: 1 }],
    ['a missing status', '10.0.0.1 1 40 -', { flows: 1 }],
    ['a missing status and missing counts', '10.0.0.1 - - -', { noData: 1 }],
    ['a missing status and one count', '10.0.0.1 - 40 -', { flows: 1 }],
    ['too few columns', '10.0.0.1 1 40', { tooFewFields: 1 }],
    ['one column', '10.0.0.1', { tooFewFields: 1 }],
    ['too many columns', '10.0.0.1 1 40 OK extra', { tooManyFields: 1 }],
    ['too many columns, far too many', `10.0.0.1 1 40 OK${' x'.repeat(100)}`, { tooManyFields: 1 }],
    ['runs of white space', '\t 10.0.0.1   1\t40 OK \r', { flows: 1 }],
    ['a lone carriage return', '\r', { blankLines: 1 }],
    ['nothing', '', { blankLines: 1 }],
    ['the header again', 'srcaddr packets bytes log-status', { headerLines: 2 }],
    ['the header again, indented', '  srcaddr packets bytes log-status\r', { headerLines: 2 }],
    ['a bad value and a bad status: the value is judged first', 'x 1 40 odd', { badValue: 1 }],
    ['a bad value in a window without traffic', 'x - - NODATA', { badValue: 1 }],
  ])('counts %s', (_name, line, expected) => {
    const digest = digestOf(planOf({ keys: ['srcaddr'] }), `srcaddr packets bytes log-status\n${line}\n`);
    expect(talliesOf(digest)).toEqual({ lines: 2, headerLines: 1, ...expected });
  });

  it('takes missing counts in a format without status for no traffic', () => {
    const text = 'srcaddr packets bytes\n10.0.0.1 - -\n10.0.0.1 - 40\n10.0.0.1 0 0\n';
    expect(talliesOf(digestOf(planOf({ keys: [] }), text))).toEqual({ lines: 4, headerLines: 1, flows: 2, noData: 1 });
  });

  it('counts records of a format without status and counts', () => {
    const digest = digestOf(planOf({ keys: ['srcaddr'] }), 'srcaddr dstaddr\n10.0.0.1 10.0.0.2\n- -\n');
    expect(rowsOf(digest)).toEqual([
      [null, 1, 0, 0],
      ['10.0.0.1', 1, 0, 0],
    ]);
    expect(digest.tallies.missingFields).toEqual({ packets: 1, bytes: 1 });
  });

  it('keeps a flow whose counts were not logged apart from no traffic at all', () => {
    // Block Public Access: rejected rows carry no bytes.
    const text = `${DEFAULT_HEADER} reject-reason
8 123456789012 eni-1 10.0.0.1 198.51.100.7 443 50000 6 3 - 1700000000 1700000060 REJECT OK BPA
8 123456789012 eni-1 10.0.0.1 198.51.100.7 443 50000 6 2 100 1700000000 1700000060 REJECT OK BPA
8 123456789012 eni-1 - - - - - - - 1700000000 1700000060 - NODATA -
`;
    const digest = digestOf(planOf({ keys: ['reject-reason'] }), text);
    expect(rowsOf(digest)).toEqual([['BPA', 2, 5, 100]]);
    expect(digest.tallies.noData).toBe(1);
  });

  it('folds the ports of the reference: the source becomes 0 unless it is the lower', () => {
    const text = 'srcport dstport\n50000 443\n443 50000\n80 80\n0 0\n- 443\n443 -\n- -\n';
    const keys = ['srcport', 'dstport'];
    expect(rowsOf(digestOf(planOf({ keys }), text)).map((row) => row.slice(0, 3))).toEqual([
      [0, 0, 1],
      [0, 80, 1],
      [0, 443, 1],
      [443, 0, 1],
      [443, null, 1],
      [null, 443, 1],
      [null, null, 1],
    ]);
    expect(digestOf(planOf({ keys, portRule: 'as-logged' }), text).rowCount).toBe(7);
    // With one of them as key there is nothing to fold.
    expect(rowsOf(digestOf(planOf({ keys: ['srcport'] }), text)).map(([port, flows]) => [port, flows])).toEqual([
      [0, 1],
      [80, 1],
      [443, 2],
      [50000, 1],
      [null, 2],
    ]);
    expect(rowsOf(digestOf(planOf({ keys: ['port'] }), text)).map(([port, flows]) => [port, flows])).toEqual([
      [0, 1],
      [80, 1],
      [443, 4],
      [null, 1],
    ]);
  });

  it('takes spellings of one IPv6 address for one', () => {
    const spellings = [
      '2001:db8::1',
      '2001:DB8::1',
      '2001:0db8:0:0:0:0:0:1',
      '2001:db8:0::0:0.0.0.1',
      '2001:db8::0001',
    ];
    const text = `srcaddr bytes\n${spellings.map((spelling) => `${spelling} 1`).join('\n')}\n2001:db8::2 1\n`;
    expect(rowsOf(digestOf(planOf({ keys: ['srcaddr'] }), text))).toEqual([
      ['2001:db8::1', 5, 0, 5],
      ['2001:db8::2', 1, 0, 1],
    ]);
  });

  it('takes two encodings of one tag for one, and an encoded hyphen not for missing', () => {
    const text = 'instance-tag bytes\na%20b 1\na%20%62 1\n%61%20b 1\n%2D 1\n%2d 1\n- 1\n';
    const digest = digestOf(planOf({ keys: ['instance-tag'] }), text);
    expect(rowsOf(digest)).toEqual([
      ['-', 2, 0, 2],
      ['a b', 3, 0, 3],
      [null, 1, 0, 1],
    ]);
    expect(cellText(findKey(digest, 'instance-tag')!, 2)).toBe('-');
  });

  it('takes bytes that are no UTF-8 for one text if they read the same', () => {
    const line = (...bytes: number[]) => Buffer.concat([Buffer.from('1 '), Buffer.from(bytes), Buffer.from('\n')]);
    const text = Buffer.concat([Buffer.from('bytes vpc-id\n'), line(0xff), line(0xfe), line(0xef, 0xbf, 0xbd)]);
    const digest = digestOf(planOf({ keys: ['vpc-id'] }), new Uint8Array(text));
    expect(rowsOf(digest)).toEqual([['\ufffd', 3, 0, 3]]);
  });

  it('keeps a byte order mark inside the text as part of a value, and skips the one before a header', () => {
    const text = '\ufeffbytes vpc-id\n1 a\n2 \ufeffa\n';
    expect(rowsOf(digestOf(planOf({ keys: ['vpc-id'] }), text))).toEqual([
      ['a', 1, 0, 1],
      ['\ufeffa', 1, 0, 2],
    ]);
  });

  it('keeps texts apart that have one hash', () => {
    // FNV-1a, 32 bits.
    const words = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
    const lines = [...words, ...words.toReversed()].map((word) => `${word} 1\n`).join('');
    const digest = digestOf(planOf({ keys: ['vpc-id'] }), `vpc-id bytes\n${lines}`);
    expect(rowsOf(digest)).toEqual(words.toSorted().map((word) => [word, 2, 0, 2]));
  });

  it('remembers the last value of a column only as far as it is the same', () => {
    const values = ['eni-1', 'eni-1', 'eni-12', 'eni-1', 'eni-', 'eni-1', '-', 'eni-1', '-', '-1', 'eni-2'];
    const counts = new Map<string, number>();
    values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
    const text = `interface-id action\n${values.map((value, i) => `${value} ${i % 2 ? 'ACCEPT' : 'A'}\n`).join('')}`;
    const digest = digestOf(planOf({ keys: ['interface-id'] }), text);
    const found = rowsOf(digest).map(([value, flows]) => [value ?? '-', flows] as const);
    expect(new Map(found as [string, number][])).toEqual(counts);
  });

  describe('headers', () => {
    it('takes columns in any order, and a new header in the middle', () => {
      const text = `bytes srcaddr
1 10.0.0.1
srcaddr bytes
10.0.0.1 2
srcaddr instance-id bytes
10.0.0.1 i-1 4
`;
      const digest = digestOf(planOf({ keys: ['srcaddr', 'instance-id'] }), text);
      expect(rowsOf(digest)).toEqual([
        ['10.0.0.1', 'i-1', 1, 0, 4],
        ['10.0.0.1', null, 2, 0, 3],
      ]);
      expect(talliesOf(digest)).toMatchObject({ lines: 6, headerLines: 3, flows: 3 });
    });

    it('does not let a column live on that the next header lacks', () => {
      const text = 'action start bytes log-status\nACCEPT 1700000000 5 OK\nbytes packets\n7 1\n';
      const digest = digestOf(planOf({ keys: ['action', 'start'] }), text);
      expect(rowsOf(digest)).toEqual([
        ['ACCEPT', 1700000000, 1, 0, 5],
        [null, null, 1, 1, 7],
      ]);
    });

    it('takes a lone known word among records of several columns for a short line', () => {
      const text = 'srcaddr bytes\n10.0.0.1 5\nregion\n10.0.0.1 6\n';
      const digest = digestOf(planOf({ keys: ['srcaddr'] }), text);
      expect(rowsOf(digest)).toEqual([['10.0.0.1', 2, 0, 11]]);
      expect(talliesOf(digest)).toMatchObject({ headerLines: 1, tooFewFields: 1, flows: 2 });
    });

    it('reads a column that is named twice once', () => {
      expect(rowsOf(digestOf(planOf({ keys: ['srcport'] }), 'srcport bytes srcport bytes\n1 2 3 x\n'))).toEqual([
        [1, 1, 0, 2],
      ]);
    });

    it('takes a value that is a field name for a value', () => {
      const digest = digestOf(planOf({ keys: ['vpc-id'] }), 'vpc-id action bytes\nregion ACCEPT 5\ntype - 6\n');
      expect(rowsOf(digest)).toEqual([
        ['region', 1, 0, 5],
        ['type', 1, 0, 6],
      ]);
    });

    it('starts with the default format where there is none', () => {
      const line = '2 123456789010 eni-1a2b3c4d - - - - - - - 1431280876 1431280934 - NODATA';
      expect(talliesOf(digestOf(planOf(), `\n${line}\n${line}`))).toEqual({ lines: 3, blankLines: 1, noData: 2 });
    });

    it('takes the columns given from outside until a header comes', () => {
      const text = '10.0.0.1 5\nbytes srcaddr\n7 10.0.0.1\n';
      const digest = digestOf(planOf({ keys: ['srcaddr'] }), text, { columns: ['srcaddr', 'bytes'] });
      expect(rowsOf(digest)).toEqual([['10.0.0.1', 2, 0, 12]]);
    });

    it.each([
      ['{"messageType":"DATA_MESSAGE"}\n', 'JSON'],
      ['account_id,action,az_id\n', 'commas'],
      ['PAR1\u0015\u0004', 'Parquet'],
      ['hello\n', 'neither a header'],
      ['3 123456789010 eni-1a2b3c4d - - - - - - - 1431280876 1431280934 - NODATA\n', 'neither a header'],
    ])('refuses %j', (text, reason) => {
      let error: unknown;
      try {
        digestOf(planOf(), text);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(FlowError);
      expect(error).toMatchObject({ code: 'corrupt-object' });
      expect((error as FlowError).message).toMatch(new RegExp(`^not a flow log: .*${reason}`));
    });

    it.each(['', '\n', '\n \r\n\t'])('accepts an object of nothing but blank lines: %j', (text) => {
      const digest = digestOf(planOf(), text);
      expect(digest.rowCount).toBe(0);
      expect(digest.tallies.lines).toBe(digest.tallies.blankLines);
    });

    it('accepts an object of nothing but a header', () => {
      expect(talliesOf(digestOf(planOf(), DEFAULT_HEADER))).toEqual({ lines: 1, headerLines: 1 });
    });
  });

  describe('time', () => {
    const keys: string[] = [];
    const range = { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 };

    it.each([
      ['1699999999', false],
      ['1700000000', true],
      ['1700000059', true],
      ['1700000060', false],
      // Milliseconds, as some old tools wrote them.
      ['1699999999999', false],
      ['1700000000000', true],
      ['1700000059999', true],
      ['1700000060000', false],
    ])('a record that starts at %s is in the range: %s', (start, inside) => {
      const text = `start end bytes\n${start} 1800000000 5\n`;
      const expected = inside ? { flows: 1 } : { otherTime: 1 };
      expect(talliesOf(digestOf(planOf({ keys, range }), text))).toMatchObject(expected);
      expect(talliesOf(digestOf(planOf({ keys }), text))).toMatchObject({ flows: 1 });
    });

    it.each([
      ['start', 'start end\n1700000001 1600000000\n', {}],
      ['end, without a start', 'start end\n- 1700000001\n', {}],
      ['end, in a format without start', 'end\n1700000001\n', {}],
      ['the stamp of the object, without both', 'bytes\n5\n', { stampSec: 1700000001 }],
    ])('takes for the time of a record its %s', (_name, text, facts) => {
      const digest = digestOf(planOf({ keys, range, bucketSec: 60 }), text, facts);
      expect(digest.bucketStartSec).toEqual(Uint32Array.of(1699999980));
      expect(digest.minStartSec).toEqual(Float64Array.of(1700000001));
    });

    it('puts records without any time outside every range and into the last bucket', () => {
      const text = 'start bytes\n- 5\n1700000001 6\n';
      expect(talliesOf(digestOf(planOf({ keys, range }), text))).toMatchObject({ otherTime: 1, flows: 1 });
      const digest = digestOf(planOf({ keys, bucketSec: 60 }), text);
      expect(digest.bucketStartSec).toEqual(Uint32Array.of(1699999980, 0xffffffff));
      expect([...digest.minStartSec, ...digest.maxEndSec]).toEqual([1700000001, Infinity, -Infinity, -Infinity]);
    });

    it('counts windows without traffic outside the range as that', () => {
      const text = 'start log-status\n1600000000 NODATA\n1700000001 NODATA\n';
      expect(talliesOf(digestOf(planOf({ keys, range }), text))).toMatchObject({ otherTime: 1, noData: 1 });
    });

    it('means seconds by a time, however it was logged', () => {
      const text = 'start end bytes\n1700000001 1700000002 1\n1700000001999 1700000002000 2\n';
      expect(rowsOf(digestOf(planOf({ keys: ['start', 'end'] }), text))).toEqual([[1700000001, 1700000002, 2, 0, 3]]);
      expect(
        talliesOf(digestOf(planOf({ keys, filter: 'start <= 1700000001 and end < 1700000003' }), text)),
      ).toMatchObject({
        flows: 2,
      });
    });

    it('refuses times that no bucket can hold', () => {
      // 2106-02-07T06:28:14Z and a second later; the last ones are milliseconds.
      const starts = ['4294967294', '4294967295', '5000000000', '4294967294999', '4294967295000', '9007199254740991'];
      const text = `start\n${starts.join('\n')}\n`;
      const digest = digestOf(planOf({ keys, bucketSec: 1 }), text);
      expect(digest.bucketStartSec).toEqual(Uint32Array.of(4294967294));
      expect(digest.flows).toEqual(Float64Array.of(2));
      expect(talliesOf(digest)).toMatchObject({ flows: 2, badValue: 4 });
    });

    it('keeps the earliest start and the latest end of a group', () => {
      const text = 'start end\n1700000005 1700000006\n1700000001 1700000002\n1700000009 -\n';
      const digest = digestOf(planOf({ keys }), text);
      expect([digest.minStartSec[0], digest.maxEndSec[0]]).toEqual([1700000001, 1700000006]);
    });
  });

  it('adds up the measures that are asked for', () => {
    const text = 'bytes packets packets-lost-blackhole packets-lost-mtu-exceeded\n10 1 2 3\n10 1 - 4\n';
    const digest = digestOf(planOf({ keys: [], measures: ['packets-lost-mtu-exceeded', 'flows'] }), text);
    expect(digest.sums.map(({ name }) => name)).toEqual(['packets', 'bytes', 'packets-lost-mtu-exceeded']);
    expect(measureValues(digest, 'packets-lost-mtu-exceeded')).toEqual(Float64Array.of(7));
    expect(measureValues(digest, 'flows')).toEqual(Float64Array.of(2));
    expect(() => measureValues(digest, 'packets-lost-blackhole')).toThrow('BUG');
  });

  it('groups by a field and adds it up at once', () => {
    const digest = digestOf(planOf({ keys: ['bytes'] }), 'bytes packets\n40 1\n- 2\n40 3\n9007199254740991 1\n040 1\n');
    expect(rowsOf(digest)).toEqual([
      [null, 1, 2, 0],
      [40, 3, 5, 120],
      [9007199254740991, 1, 1, 9007199254740991],
    ]);
  });

  it('does not let what filtered records brought show in the columns', () => {
    const text = 'srcaddr vpc-id bytes\n2001:db8::1 vpc-a 1\n2001:db8::2 vpc-b 2\n10.0.0.1 vpc-c 3\n';
    const [filtered, alone] = [
      digestOf(planOf({ keys: ['srcaddr', 'vpc-id'], filter: 'vpc-id = vpc-b' }), text),
      digestOf(
        planOf({ keys: ['srcaddr', 'vpc-id'], filter: 'vpc-id = vpc-b' }),
        'srcaddr vpc-id bytes\n2001:db8::2 vpc-b 2\n',
      ),
    ];
    expect(filtered.keys).toEqual(alone.keys);
  });

  it('reads a block without changing it', () => {
    const bytes = bytesOf(`${DEFAULT_HEADER}\n2 1 eni-1 10.0.0.1 ::1 1 2 6 1 1 1 1 ACCEPT OK`);
    const before = bytes.slice();
    digestOf(planOf(), bytes);
    expect(bytes).toEqual(before);
  });
});
