import { type Answer, compareAnswers, keyFromCells, selectTop } from '../../../../bench/answer';
import { parseDigest } from '../../../../bench/contestants/go-vpcflow';
import { FILTER_QUESTION, KEY_QUESTION } from '../../../../bench/questions';
import { referenceOfTexts } from '../../../../bench/reference';
import { REFERENCE_KEYS } from '../../../../src/query/model';

const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n';
const ENI = '2 123456789012 eni-0123456789abcdef0';

const digest = (...texts: string[]) => referenceOfTexts(texts, (text) => text);

describe('the reference digest', () => {
  test('adds up what differs only in the higher port', () => {
    expect(
      digest(
        `${HEADER}${ENI} 10.0.0.1 10.0.0.2 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK\n`,
        `${HEADER}${ENI} 10.0.0.1 10.0.0.2 20541 80 6 21 1001 1518530010 1518530070 ACCEPT OK\n` +
          `${ENI} 10.0.0.2 10.0.0.1 80 20541 6 2 300 1518530010 1518530070 ACCEPT OK\n` +
          `${ENI} 10.0.0.1 10.0.0.2 20541 80 6 1 40 1518530010 1518530070 REJECT OK`,
      ),
    ).toEqual({
      groups: 3,
      flows: 4,
      bytes: 2341,
      packets: 44,
      top: [
        { key: `${ENI} 10.0.0.1 10.0.0.2 0 80 6 ACCEPT OK`, bytes: 2001, packets: 41 },
        { key: `${ENI} 10.0.0.2 10.0.0.1 80 0 6 ACCEPT OK`, bytes: 300, packets: 2 },
        { key: `${ENI} 10.0.0.1 10.0.0.2 0 80 6 REJECT OK`, bytes: 40, packets: 1 },
      ],
    });
  });

  test('drops the source of two equal ports', () => {
    const { top } = digest(`${ENI} 10.0.0.1 10.0.0.2 123 123 17 1 76 1418530010 1418530070 ACCEPT OK\n`);
    expect(top.map(({ key }) => key)).toEqual([`${ENI} 10.0.0.1 10.0.0.2 0 123 17 ACCEPT OK`]);
  });

  test('groups by another key, and leaves ports as they are', () => {
    const text =
      `${ENI} 10.0.0.1 10.0.0.2 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK\n` +
      `${ENI} 10.0.0.1 10.0.0.2 80 443 6 1 10 1418530010 1418530070 ACCEPT OK\n`;
    expect(referenceOfTexts([text], (one) => one, KEY_QUESTION)).toMatchObject({
      groups: 1,
      flows: 2,
      top: [{ key: '10.0.0.1 10.0.0.2 6 ACCEPT', bytes: 1010, packets: 21 }],
    });
    expect(
      referenceOfTexts([text], (one) => one, { name: 'ports', keys: ['dstport'] }).top.map(({ key }) => key),
    ).toEqual(['80', '443']);
  });

  test.each([
    ['passes', '20641 80 6 74 1000 1 2 ACCEPT', 1],
    ['another action', '20641 80 6 74 1000 1 2 REJECT', 0],
    ['another protocol', '20641 80 1 74 1000 1 2 ACCEPT', 0],
    ['few bytes', '20641 80 6 74 100 1 2 ACCEPT', 0],
    ['many packets', '20641 80 6 75 1000 1 2 ACCEPT', 0],
    ['another port', '20641 22 6 74 1000 1 2 ACCEPT', 0],
  ])('filters by five fields: %s', (_, cells, flows) => {
    const text = `${ENI} 10.0.0.1 10.0.0.2 ${cells} OK\n`;
    expect(referenceOfTexts([text], (one) => one, FILTER_QUESTION).flows).toBe(flows);
  });

  test.each([`${ENI} - - - - - - - 1418530010 1418530070 - NODATA\n`, `${ENI} 10.0.0.1\n`])('refuses %j', (text) => {
    expect(() => digest(text)).toThrow(/cannot digest a line/);
  });
});

describe('comparing answers', () => {
  const rows = Array.from({ length: 30 }, (_, rank) => ({ key: `k${rank}`, bytes: 1000 - rank, packets: rank + 1 }));
  const expected: Answer = { groups: 30, flows: 99, bytes: 5000, packets: 700, top: selectTop(rows) };

  test('the same in another order is the same', () => {
    expect(expected.top).toHaveLength(20);
    expect(compareAnswers(expected, { ...expected, top: [...expected.top].reverse() })).toEqual([]);
  });

  test.each([
    ['groups', { groups: 29 }, ['groups: expected 30, got 29']],
    ['flows', { flows: 100 }, ['flows: expected 99, got 100']],
    ['bytes', { bytes: 4999 }, ['bytes: expected 5000, got 4999']],
    ['packets', { packets: 0 }, ['packets: expected 700, got 0']],
    ['a short list', { top: expected.top.slice(0, 19) }, ['top: expected 20 rows, got 19']],
    [
      'a row',
      { top: expected.top.map((row, rank) => (rank === 4 ? { ...row, packets: 6 } : row)) },
      ['top 5: expected k4: 996 bytes, 5 packets, got k4: 996 bytes, 6 packets'],
    ],
    [
      'a key',
      { top: expected.top.map((row, rank) => (rank === 0 ? { ...row, key: 'x' } : row)) },
      ['top 1: expected k0: 1000 bytes, 1 packets, got x: 1000 bytes, 1 packets'],
    ],
  ])('another number of %s is named', (_, change, differences) => {
    expect(compareAnswers(expected, { ...expected, ...change })).toEqual(differences);
  });

  test('what a contestant does not count is not compared', () => {
    const { flows, ...uncounted } = expected;
    expect(flows).toBe(99);
    expect(compareAnswers(expected, uncounted)).toEqual([]);
    expect(compareAnswers(expected, { ...uncounted, groups: 1 })).toEqual(['groups: expected 30, got 1']);
  });

  test('a key is the cells in the order of the reference', () => {
    const cells = {
      bytes: 5,
      action: 'ACCEPT',
      'log-status': 'OK',
      protocol: 6,
      srcport: 0,
      dstport: 443,
      srcaddr: '10.0.0.1',
      dstaddr: '10.0.0.2',
      'interface-id': 'eni-1',
      'account-id': '000000000001',
      version: 2,
    };
    expect(keyFromCells(cells, REFERENCE_KEYS)).toBe('2 000000000001 eni-1 10.0.0.1 10.0.0.2 0 443 6 ACCEPT OK');
  });
});

test("the lines of go-vpcflow's digest are its answer", () => {
  const text =
    `${ENI} 10.0.0.1 10.0.0.2 0 80 6 41 2001 1418530010 1518530070 ACCEPT OK\n` +
    `${ENI} 10.0.0.2 10.0.0.1 80 0 6 2 300 1418530010 1518530070 ACCEPT OK\n`;
  expect(parseDigest(text)).toEqual({
    groups: 2,
    bytes: 2301,
    packets: 43,
    top: [
      { key: `${ENI} 10.0.0.1 10.0.0.2 0 80 6 ACCEPT OK`, bytes: 2001, packets: 41 },
      { key: `${ENI} 10.0.0.2 10.0.0.1 80 0 6 ACCEPT OK`, bytes: 300, packets: 2 },
    ],
  });
});
