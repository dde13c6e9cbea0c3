/** A flow counts once, however many interfaces recorded it. */
import fc from 'fast-check';
import { createDigester, mergeAnswers, type Digester } from '../../../src/digest/digester';
import { mergeDigests } from '../../../src/digest/merge';
import type { Plan } from '../../../src/digest/plan';
import { settleDigest } from '../../../src/digest/settle-digest';
import { answerOfBoth, asDigest, bytesOf, digestOf, planOf, rowsOf, talliesOf } from './digest-text';

const ONCE = { view: 'table', counting: 'once' } as const;
const DEFAULT_HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';

interface Line {
  readonly eni: string;
  readonly src: string;
  readonly dst: string;
  readonly bytes?: number;
  readonly action?: string;
  readonly direction?: string;
}

const defaultLine = ({ eni, src, dst, bytes = 1000, action = 'ACCEPT' }: Line): string =>
  `2 123456789012 ${eni} ${src} ${dst} 40000 443 6 1 ${bytes} 1700000000 1700000060 ${action} OK`;
const defaultLog = (...lines: readonly Line[]): string => [DEFAULT_HEADER, ...lines.map(defaultLine), ''].join('\n');
const directedLog = (...lines: readonly Line[]): string =>
  [
    'interface-id srcaddr dstaddr packets bytes start end action flow-direction log-status',
    ...lines.map(
      ({ eni, src, dst, bytes = 1000, action = 'ACCEPT', direction = '-' }) =>
        `${eni} ${src} ${dst} 1 ${bytes} 1700000000 1700000060 ${action} ${direction} OK`,
    ),
    '',
  ].join('\n');

function readAll(digester: Digester, texts: readonly string[]): void {
  for (const text of texts) {
    digester.begin({});
    digester.addBlock(bytesOf(text));
    digester.end({ storedBytes: 0, textBytes: text.length });
  }
}

const digestOfAll = (plan: Plan, texts: readonly string[]) =>
  asDigest(answerOfBoth(plan, (digester) => readAll(digester, texts)));
const sumOf = (plan: Plan, ...texts: readonly string[]): number =>
  digestOfAll(plan, texts).sums[1]!.values.reduce((a, b) => a + b, 0);

/** 10.0.0.1 asks 10.0.0.2, which both have another peer on the internet. */
const ENDS: readonly Line[] = [
  { eni: 'eni-a', src: '10.0.0.1', dst: '10.0.0.2', bytes: 100 },
  { eni: 'eni-b', src: '10.0.0.1', dst: '10.0.0.2', bytes: 100 },
  { eni: 'eni-b', src: '10.0.0.2', dst: '10.0.0.1', bytes: 5000 },
  { eni: 'eni-a', src: '10.0.0.2', dst: '10.0.0.1', bytes: 5000 },
  { eni: 'eni-a', src: '10.0.0.1', dst: '203.0.113.9', bytes: 7 },
  { eni: 'eni-b', src: '203.0.113.9', dst: '10.0.0.2', bytes: 30 },
];
const BY_ENDS = planOf({ ...ONCE, keys: ['srcaddr', 'dstaddr'] });

test('what both ends logged counts at the sender, what the internet sent where it came in', () => {
  const digest = digestOf(BY_ENDS, defaultLog(...ENDS));
  expect(rowsOf(digest)).toEqual([
    ['10.0.0.1', '10.0.0.2', 1, 1, 100],
    ['10.0.0.1', '203.0.113.9', 1, 1, 7],
    ['10.0.0.2', '10.0.0.1', 1, 1, 5000],
    ['203.0.113.9', '10.0.0.2', 1, 1, 30],
  ]);
  expect(talliesOf(digest)).toEqual({ lines: 7, headerLines: 1, flows: 4, copies: 2 });
  expect(digest.ends).toBeUndefined();
});

test('as logged, everything counts', () => {
  const plan = planOf({ view: 'table', counting: 'as-logged', keys: [] });
  expect(sumOf(plan, defaultLog(...ENDS))).toBe(10_237);
  expect(sumOf(planOf({ ...ONCE, keys: [] }), defaultLog(...ENDS))).toBe(5137);
});

test('each end in an object of its own: the same, whichever comes first', () => {
  const one = defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-a'));
  const other = defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-b'));
  const together = digestOf(BY_ENDS, defaultLog(...ENDS));
  for (const texts of [
    [one, other],
    [other, one],
  ]) {
    const digest = digestOfAll(BY_ENDS, texts);
    expect(rowsOf(digest)).toEqual(rowsOf(together));
    expect(digest.keys).toEqual(together.keys);
    expect(digest.tallies).toMatchObject({ flows: 4, copies: 2 });
  }
});

test('a sender that is not logged counts where it was seen', () => {
  expect(sumOf(BY_ENDS, defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-a')))).toBe(5107);
});

test('a packet let out at one end and refused at the other is two facts', () => {
  const log = defaultLog(...ENDS, { eni: 'eni-b', src: '10.0.0.1', dst: '10.0.0.2', bytes: 60, action: 'REJECT' });
  const digest = digestOf(planOf({ ...ONCE, keys: ['action'] }), log);
  expect(rowsOf(digest)).toEqual([
    ['ACCEPT', 4, 4, 5137],
    ['REJECT', 1, 1, 60],
  ]);
});

test('an interface between the two that has neither address adds nothing', () => {
  const between = ['10.0.0.1', '10.0.0.2'].map((src, i, all) => ({ eni: 'eni-x', src, dst: all[1 - i]!, bytes: 9 }));
  const further = { eni: 'eni-x', src: '10.0.9.8', dst: '10.0.9.9', bytes: 1 };
  expect(sumOf(BY_ENDS, defaultLog(...ENDS), defaultLog(...between, further))).toBe(5138);
});

test('an interface that turns out to have many addresses takes none away from others', () => {
  // Pods have addresses of their own on the interface of their node.
  const node: readonly Line[] = [
    { eni: 'eni-n', src: '2600::a', dst: '2600::1' },
    { eni: 'eni-n', src: '2600::a', dst: '2600::2' },
    { eni: 'eni-n', src: '2600::b', dst: '2600::3' },
    { eni: 'eni-n', src: '2600::a', dst: '2600::4' },
  ];
  expect(sumOf(BY_ENDS, defaultLog(...node))).toBe(4000);
  expect(sumOf(BY_ENDS, defaultLog(...node, { eni: 'eni-o', src: '2600::a', dst: '2600::5' }))).toBe(5000);
});

test('two who talk to nobody else, in objects of their own', () => {
  const lines = ENDS.slice(0, 4);
  for (const texts of [
    [defaultLog(...lines)],
    lines.map((line) => defaultLog(line)),
    ['eni-a', 'eni-b'].map((eni) => defaultLog(...lines.filter((line) => line.eni === eni))),
  ]) {
    expect(sumOf(BY_ENDS, ...texts)).toBe(5100);
  }
});

test('one who talks to nobody else is told by the other one, who does', () => {
  const client = defaultLog(...ENDS.slice(0, 4).filter(({ eni }) => eni === 'eni-a'));
  const server = defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-b'));
  expect(sumOf(BY_ENDS, client, server)).toBe(5130);
});

test('the direction tells, and helps where only some have it', () => {
  const lines: readonly Line[] = [
    { eni: 'eni-a', src: '10.0.0.1', dst: '10.0.0.2', direction: 'egress' },
    { eni: 'eni-b', src: '10.0.0.1', dst: '10.0.0.2', direction: 'ingress' },
    { eni: 'eni-b', src: '8.8.8.8', dst: '10.0.0.2', direction: 'ingress' },
    { eni: 'eni-c', src: '100.64.1.1', dst: '10.0.0.2', direction: 'egress' },
    { eni: 'eni-b', src: '100.64.1.1', dst: '10.0.0.2', direction: 'ingress' },
  ];
  expect(sumOf(BY_ENDS, directedLog(...lines))).toBe(3000);
  expect(sumOf(BY_ENDS, ...lines.map((line) => directedLog(line)))).toBe(3000);
  const undirected = defaultLog(
    { eni: 'eni-d', src: '10.0.0.1', dst: '10.0.0.4' },
    { eni: 'eni-d', src: '10.0.0.4', dst: '10.0.0.5' },
  );
  expect(sumOf(BY_ENDS, directedLog(...lines), undirected)).toBe(4000);
});

test('a format without interface and direction cannot tell, and counts as logged', () => {
  const text = `srcaddr dstaddr packets bytes log-status\n${'10.0.0.1 10.0.0.2 1 5 OK\n'.repeat(2)}`;
  expect(sumOf(BY_ENDS, text)).toBe(10);
  expect(digestOf(BY_ENDS, text).tallies.missingFields).toEqual({});
});

test('public addresses of interfaces are told where the format has the direction', () => {
  const lines: readonly Line[] = [
    { eni: 'eni-a', src: '198.51.100.1', dst: '198.51.100.2', direction: 'egress' },
    { eni: 'eni-b', src: '198.51.100.1', dst: '198.51.100.2', direction: 'ingress' },
  ];
  expect(sumOf(BY_ENDS, directedLog(...lines))).toBe(1000);
});

test('IPv6, which has no private addresses between interfaces', () => {
  const [a, b] = ['2600:1f18::a', '2600:1f18::b'];
  const lines = [
    { eni: 'eni-a', src: a, dst: b },
    { eni: 'eni-b', src: a, dst: b },
    { eni: 'eni-b', src: '2600:1f18::c', dst: b },
  ];
  expect(sumOf(BY_ENDS, defaultLog(...lines))).toBe(2000);
  expect(sumOf(BY_ENDS, ...lines.map((line) => defaultLog(line)))).toBe(2000);
});

test('a NAT gateway that is named passes flows on as if it were not logged', () => {
  const nat = 'eni-nat';
  const lines: readonly Line[] = [
    { eni: 'eni-a', src: '10.0.0.1', dst: '203.0.113.9', bytes: 10 },
    { eni: nat, src: '10.0.0.1', dst: '10.0.9.1', bytes: 10 },
    { eni: nat, src: '10.0.9.1', dst: '203.0.113.9', bytes: 10 },
    { eni: nat, src: '203.0.113.9', dst: '10.0.9.1', bytes: 500 },
    { eni: nat, src: '10.0.9.1', dst: '10.0.0.1', bytes: 500 },
    { eni: 'eni-a', src: '203.0.113.9', dst: '10.0.0.1', bytes: 500 },
    { eni: nat, src: '198.51.100.7', dst: '10.0.9.1', bytes: 1, action: 'REJECT' },
  ];
  const plan = planOf({ ...ONCE, keys: ['action'], hops: [nat] });
  for (const texts of [[defaultLog(...lines)], lines.map((line) => defaultLog(line))]) {
    expect(rowsOf(digestOfAll(plan, texts))).toEqual([
      ['ACCEPT', 2, 2, 510],
      ['REJECT', 1, 1, 1],
    ]);
  }
  // Otherwise what it sends on is a flow of its own.
  expect(sumOf(planOf({ ...ONCE, keys: [] }), defaultLog(...lines))).toBe(10 + 10 + 500 + 500 + 500 + 1);
});

interface LoggedText {
  readonly flowLogId: string;
  readonly stampSec: number;
  readonly text: string;
}

const digestOfLogs = (plan: Plan, objects: readonly LoggedText[]) =>
  asDigest(
    answerOfBoth(plan, (digester) => {
      for (const { text, ...facts } of objects) {
        digester.begin(facts);
        digester.addBlock(bytesOf(text));
        digester.end({ storedBytes: 0, textBytes: text.length });
      }
    }),
  );
const bytesIn = (plan: Plan, ...objects: readonly LoggedText[]): number =>
  digestOfLogs(plan, objects).sums[1]!.values.reduce((a, b) => a + b, 0);

describe('two flow logs of the same interfaces', () => {
  const whole = { flowLogId: 'fl-1', stampSec: 1_700_000_000, text: defaultLog(...ENDS) };
  const ofOne = defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-a'));
  const rejected: Line = { eni: 'eni-a', src: '10.0.0.9', dst: '10.0.0.1', bytes: 3, action: 'REJECT' };

  test.each([
    ['the same', 'fl-2', whole.text],
    ['that of a subnet', 'fl-0', ofOne],
  ])('%s: all of it is copies, and that is said', (_, flowLogId, text) => {
    for (const stampSec of [1_700_000_000, 1_700_000_600]) {
      const digest = digestOfLogs(BY_ENDS, [{ ...whole, flowLogId, text, stampSec }, whole]);
      expect(rowsOf(digest)).toEqual(rowsOf(digestOf(BY_ENDS, whole.text)));
      expect(digest.notes).toEqual([`flow log ${flowLogId} is left out: fl-1 has all of its records too`]);
    }
    expect(digestOfLogs(BY_ENDS, [whole]).notes).toBeUndefined();
  });

  test('one of accepted and one of rejected records are no copies of each other', () => {
    const other = { ...whole, flowLogId: 'fl-2', text: defaultLog(rejected) };
    expect(bytesIn(BY_ENDS, whole, other)).toBe(5140);
  });

  test('an old one and its successor are two, as are those of other interfaces', () => {
    const next = { ...whole, flowLogId: 'fl-2', stampSec: whole.stampSec + 3600 };
    const digest = digestOfLogs(BY_ENDS, [whole, next]);
    expect(digest.tallies.flows).toBe(8);
    expect(digest.notes).toBeUndefined();
  });

  test('ids that are made up do not make two of the same', () => {
    const elsewhere = defaultLog(
      ...ENDS.map((line) => ({
        ...line,
        src: line.src.replace('10.0.', '10.9.'),
        dst: line.dst.replace('10.0.', '10.9.'),
      })),
    );
    expect(bytesIn(BY_ENDS, whole, { ...whole, flowLogId: 'fl-2', text: elsewhere })).toBe(2 * 5137);
  });

  test('records without an interface may be of any', () => {
    const log = (bytes: number): string =>
      `srcaddr dstaddr packets bytes start end flow-direction\n10.0.0.1 10.0.0.2 1 ${bytes} 1700000000 1700000060 egress\n`;
    const objects = [1, 2].map((i) => ({ ...whole, flowLogId: `fl-${i}`, text: log(i) }));
    expect(bytesIn(BY_ENDS, ...objects)).toBe(3);
  });

  test('an interface whose address nobody can tell is one too', () => {
    const appliance = [2, 3].map((i): Line => ({ eni: 'eni-x', src: `10.0.9.${i}`, dst: `10.0.8.${i}`, bytes: i }));
    const other = { ...whole, flowLogId: 'fl-2', text: ofOne + defaultLog(...appliance) };
    expect(bytesIn(BY_ENDS, whole, other)).toBe(5137 + 107 + 5);
  });

  test('two that share some interfaces for a while count twice, and that is said', () => {
    const both = (text: string, flowLogId: string): readonly LoggedText[] =>
      [0, 3600].map((sec) => ({ flowLogId, text, stampSec: whole.stampSec + sec }));
    const other = defaultLog(...ENDS.filter(({ eni }) => eni === 'eni-a'), {
      eni: 'eni-c',
      src: '10.0.0.3',
      dst: '1.1.1.1',
    });
    expect(digestOfLogs(BY_ENDS, [...both(whole.text, 'fl-1'), ...both(other, 'fl-2')]).notes).toEqual([
      'flow logs fl-1 and fl-2 have records of the same interfaces, which count twice: choose one',
    ]);
  });
});

test('a filter does not make a copy count', () => {
  const plan = planOf({ ...ONCE, keys: [], filter: 'bytes > 50' });
  expect(sumOf(plan, defaultLog(...ENDS))).toBe(5100);
  // Only what is asked for is said to be left out, however the records are shared out.
  for (const texts of [[defaultLog(...ENDS)], ENDS.map((line) => defaultLog(line))]) {
    expect(digestOfAll(plan, texts).tallies).toMatchObject({ flows: 2, copies: 2, filtered: 2 });
  }
});

/** Hosts with an interface each, and what they send: both ends are logged, but for the internet. */
const world = fc
  .record({
    isDirected: fc.boolean(),
    isIPv6: fc.boolean(),
    hosts: fc.integer({ min: 2, max: 6 }),
    sent: fc.array(
      fc.record({
        from: fc.nat(7),
        to: fc.nat(7),
        bytes: fc.integer({ min: 1, max: 1000 }),
        isRefused: fc.constantFrom(false, false, false, true),
        objects: fc.tuple(fc.nat(3), fc.nat(3)),
      }),
      { minLength: 1, maxLength: 20 },
    ),
  })
  .map(({ isDirected, isIPv6, hosts, sent }) => {
    const address = (i: number): string =>
      i >= hosts
        ? isIPv6
          ? `2a00::${i}`
          : `203.0.113.${i}`
        : isIPv6
          ? `2600:1f18::${i + 1}`
          : `10.${i % 2}.0.${i + 1}`;
    const objects: Line[][] = [[], [], [], []];
    const truth: Line[] = [];
    for (const { from, to, bytes, isRefused, objects: places } of sent) {
      // Of two that talk to nobody else nothing but the direction tells which is which.
      const isRejected = isRefused && isDirected;
      const [src, dst] = [from % (hosts + 1), to % (hosts + 1)];
      if (src === dst) {
        continue;
      }
      const line = { src: address(src), dst: address(dst), bytes, action: isRejected ? 'REJECT' : 'ACCEPT' };
      const out: Line = { ...line, eni: `eni-${src}`, direction: 'egress', action: 'ACCEPT' };
      const into: Line = { ...line, eni: `eni-${dst}`, direction: 'ingress' };
      const isLoggedOut = src < hosts;
      const isLoggedIn = dst < hosts;
      if (isLoggedOut) {
        objects[places[0]]!.push(out);
        truth.push(out);
      }
      if (isLoggedIn) {
        objects[places[1]]!.push(into);
        if (!isLoggedOut || isRejected) {
          truth.push(into);
        }
      }
    }
    const write = isDirected ? directedLog : defaultLog;
    const log = (lines: readonly Line[]): string => write(...lines);
    return { texts: objects.map(log), whole: log(objects.flat()), truth: log(truth) };
  });

test('every flow counts where its sender is logged, however records are shared out among objects and threads', () => {
  fc.assert(
    fc.property(world, fc.constantFrom(['srcaddr', 'dstaddr'], ['action'], []), ({ texts, whole, truth }, keys) => {
      const plan = planOf({ ...ONCE, keys });
      const expected = rowsOf(digestOf(planOf({ view: 'table', counting: 'as-logged', keys }), truth));
      expect(rowsOf(digestOf(plan, whole))).toEqual(expected);
      const together = digestOfAll(plan, texts);
      expect(rowsOf(together)).toEqual(expected);
      for (const engine of ['kernel', 'scanner'] as const) {
        // As threads do, and as digests that were kept.
        const shares = texts.map((text) => {
          const own = createDigester(plan, { engine });
          readAll(own, [text]);
          return own.take({ settled: false });
        });
        expect(rowsOf(settleDigest(mergeDigests(shares.map(asDigest), { engine })))).toEqual(expected);
        expect(asDigest(mergeAnswers(shares, plan))).toEqual({ ...together, tallies: expect.anything() });
        const first = createDigester(plan, { engine });
        readAll(first, texts.slice(0, 1));
        for (const text of texts.slice(1)) {
          const other = createDigester(plan, { engine });
          readAll(other, [text]);
          first.absorb(other.finish({ sorted: false, shared: true }));
        }
        expect(asDigest(first.finish({ shared: true }))).toEqual({ ...together, tallies: expect.anything() });
      }
    }),
    { numRuns: 300 },
  );
});

test('lines in blocks count as in one', () => {
  fc.assert(
    fc.property(world, fc.nat(20), ({ whole }, cut) => {
      const lines = whole.split(/(?<=\n)/);
      const digest = asDigest(
        answerOfBoth(BY_ENDS, (digester) => {
          digester.begin({});
          digester.addBlock(bytesOf(lines.slice(0, cut).join('')));
          digester.addBlock(bytesOf(lines.slice(cut).join('')));
        }),
      );
      expect(rowsOf(digest)).toEqual(rowsOf(digestOf(BY_ENDS, whole)));
    }),
    { numRuns: 200 },
  );
});
