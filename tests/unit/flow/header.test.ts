import fc from 'fast-check';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT } from '../../../src/flow/fields';
import { explainNotFlowLog, isDefaultRecord, parseHeader, splitLine } from '../../../src/flow/header';

const DEFAULT_HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

describe('splitLine', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    [' \t\r', []],
    ['a', ['a']],
    ['a b', ['a', 'b']],
    ['  a \t b\r', ['a', 'b']],
    ['a\0b', ['a', 'b']],
    ['a\u0001b\u001f', ['a', 'b']],
    // White space beyond ASCII belongs to the value, as it does in the digester.
    ['a\u00a0b c\u2028d', ['a\u00a0b', 'c\u2028d']],
  ])('%j', (line, tokens) => {
    expect(splitLine(line)).toEqual(tokens);
  });

  it('undoes joining with any run of separators', () => {
    const token = fc.string({ minLength: 1, unit: fc.constantFrom('a', '-', '#', 'é', '\u00a0', '1') });
    const gap = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(' ', '\t', '\r', '\0') });
    fc.assert(
      fc.property(fc.array(token), gap, (tokens, between) => {
        expect(splitLine(between + tokens.join(between) + between)).toEqual(tokens);
      }),
    );
  });
});

describe('parseHeader', () => {
  it.each<[string, readonly string[]]>([
    [DEFAULT_HEADER, DEFAULT_FORMAT],
    [DEFAULT_TGW_FORMAT.join(' '), DEFAULT_TGW_FORMAT],
    [`${DEFAULT_HEADER}\r`, DEFAULT_FORMAT],
    ['  srcaddr \t dstaddr  ', ['srcaddr', 'dstaddr']],
    ['bytes', ['bytes']],
    // Columns newer than the dictionary: up to half.
    ['bytes new-field', ['bytes', 'new-field']],
    ['new-field bytes', ['new-field', 'bytes']],
    ['bytes srcaddr a b', ['bytes', 'srcaddr', 'a', 'b']],
    ['instance-tag-2 next-hop-az-id', ['instance-tag-2', 'next-hop-az-id']],
    ['bytes bytes', ['bytes', 'bytes']],
  ])('reads %j', (line, columns) => {
    expect(parseHeader(line)).toEqual(columns);
  });

  it.each([
    '',
    ' ',
    'new-field',
    'bytes a b',
    'bytes srcaddr a b c',
    'Version account-id',
    'version account_id',
    'version,account-id',
    'bytes ${srcaddr}',
    'bytes 10.0.0.1',
    'bytes -',
    'bytes 2nd',
    '# version account-id',
    '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
    // The derived key is not a column.
    'port',
  ])('refuses %j', (line) => {
    expect(parseHeader(line)).toBeUndefined();
  });

  it('reads any selection of documented fields', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...DEFAULT_FORMAT, ...DEFAULT_TGW_FORMAT], { minLength: 1 }), (names) => {
        expect(parseHeader(names.join(' '))).toEqual(names);
      }),
    );
  });
});

describe('isDefaultRecord', () => {
  it.each([
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK',
    '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
    '2 unknown eni-4b118871 - - - - - - - 1431280876 1431280934 - SKIPDATA\r',
    // AWS's own example has a double space.
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 43638  80 6 20 1000 1418530010 1418530070 ACCEPT OK ',
  ])('yes: %s', (line) => {
    expect(isDefaultRecord(line)).toBe(true);
  });

  it.each([
    '',
    DEFAULT_HEADER,
    '3 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK -',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT ok',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 OK ACCEPT',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT NOTOK',
    '02 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK',
    // An export task of CloudWatch Logs puts a time before each line.
    '2018-09-22T20:28:14.000Z 2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 20 1000 1418530010 1418530070 ACCEPT OK',
  ])('no: %s', (line) => {
    expect(isDefaultRecord(line)).toBe(false);
  });
});

describe('explainNotFlowLog', () => {
  const parquet = 'it is a Parquet file within gzip, or a piece of one';
  const json = 'it is JSON (flow-log text has one record a line, columns separated by spaces)';
  const binary = 'it is binary data';
  const commas = 'its columns are separated by commas (flow-log text uses spaces)';
  const other = 'its first line is neither a header of field names nor a record of the default format';
  it.each([
    ['PAR1\u0015\u0000\u0015', parquet],
    ['PAR1', parquet],
    ['{"messageType":"DATA_MESSAGE"}', json],
    ['  [', json],
    ['{"message":"2 428961148399 eni-… NODATA"}', json],
    ['\u001f\ufffd\u0008', binary],
    ['abc\u0000def', binary],
    ['caf\ufffd', binary],
    ['account_id,action,az_id,bytes', commas],
    ['version, account-id, interface-id', commas],
    ['account_id,action,a,b', commas],
    ['account_id,action', other],
    ['account_id,a,b,c', other],
    ['hello world', other],
    ['', other],
    ['2018-09-22T20:28:14.000Z 2 633 eni', other],
    ['a\tb', other],
  ])('%j: %s', (line, reason) => {
    expect(explainNotFlowLog(line)).toBe(reason);
  });
});
