import { describeEstimate } from '../../../../src/frontend/query-editor/describe-estimate';
import { describeOptions } from '../../../../src/frontend/query-editor/describe-options';
import { describeRule } from '../../../../src/frontend/query-editor/describe-rule';
import { EXAMPLES } from '../../../../src/frontend/query-editor/examples';
import {
  findCountProblem,
  findDurationProblem,
  findNumberProblem,
} from '../../../../src/frontend/query-editor/read-inputs';
import { switchView } from '../../../../src/frontend/query-editor/switch-view';
import type { SavedQuery } from '../../../../src/frontend/saved-query';
import { normaliseQuery } from '../../../../src/query/normalise';
import { estimateOf } from './editor-fixture';

const NOW = { nowMs: Date.UTC(2026, 10, 21) };
const texts = (...args: Parameters<typeof describeEstimate>) =>
  describeEstimate(...args).problems.map(({ text }) => text);

test.each([
  [{}, '312 objects · 84 MB · 2 accounts · about 0.6 s'],
  [{ seconds: 0.62, cachedObjects: 3 }, '312 objects · 84 MB · 2 accounts · about 0.6 s · 3 cached'],
  [
    { cachedObjects: 3, storedObjects: 1300 },
    '312 objects · 84 MB · 2 accounts · about 0.6 s · 3 cached · 1,300 from stored digests',
  ],
  [{ seconds: 0.004, cachedObjects: 0 }, '312 objects · 84 MB · 2 accounts · about 0.1 s'],
  [{ seconds: 47.3 }, '312 objects · 84 MB · 2 accounts · about 47 s'],
  [{ seconds: 600 }, '312 objects · 84 MB · 2 accounts · about 10 min'],
  [{ objects: 1, bytes: 900, accountCount: 1 }, '1 object · 900 B · 1 account · about 0.6 s'],
  [{ objects: 1_234_567, bytes: 2.1e12 }, '1,234,567 objects · 2.10 TB · 2 accounts · about 0.6 s'],
  [{ objects: 0, bytes: 0, accountCount: 0, seconds: 0 }, '0 objects'],
])('an estimate with %j reads %j', (facts, summary) => {
  expect(describeEstimate(estimateOf(facts)).summary).toBe(summary);
});

test('a refusal says what is too much, and what to do', () => {
  const overLimits = [{ limit: 'maxBytes', allowed: 50e9, found: 2.1e12, excess: 2.05e12 }];
  expect(describeEstimate(estimateOf({ overLimits, wouldFail: true })).problems).toEqual([
    {
      severity: 'error',
      text: '2.10 TB are more than the 50 GB allowed: narrow the time range, accounts or regions, or raise the limit under Options.',
    },
  ]);
  expect(describeEstimate(estimateOf({ overLimits, wouldFail: false })).problems).toMatchObject([
    { severity: 'warning', text: expect.stringContaining('the answer will be partial') },
  ]);
});

test('what cannot be read or listed is said', () => {
  const leftOut = { archivedObjects: 1, emptyObjects: 3, foreignObjects: 4 };
  const problems = { count: 2, first: [{ key: 'b', code: 'access-denied', message: 'no ListBucket on b' }] };
  expect(texts(estimateOf({ leftOut, problems }))).toEqual([
    'Could not list everything: no ListBucket on b (and 1 more)',
    expect.stringMatching(/^1 object in an archive storage class/),
  ]);
});

test('stored digests that cannot be used are told of, and what is done instead', () => {
  expect(texts(estimateOf({ storedProblem: 'the bucket does not exist' }))).toEqual([
    'Stored digests are not all used, and the objects are read instead: the bucket does not exist.',
  ]);
});

test('where nothing is, it is said where something is', () => {
  const leftOut = { archivedObjects: 0, emptyObjects: 0, foreignObjects: 7 };
  const none = estimateOf({ objects: 0, bytes: 0, oldestStampMs: null, newestStampMs: null, leftOut });
  expect(texts(none, '2026-11-20')).toEqual([
    'Nothing to read in this time range: the newest logs of these accounts and regions are of 2026-11-20 (UTC); 7 objects there are no flow logs by their names.',
  ]);
  expect(texts({ ...none, oldestStampMs: 0, newestStampMs: 60_000 })[0]).toContain(
    'logs go from 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z',
  );
});

test.each<[Partial<SavedQuery>, string]>([
  [
    { view: 'table', keys: ['dstaddr', 'port'], measures: ['flows'] },
    'The rule gets one number (flows) per dstaddr, port',
  ],
  [
    { view: 'table', keys: ['srcaddr'], distinct: ['dstport'] },
    'The rule gets one number (distinct dstport) per srcaddr',
  ],
  [{}, 'The rule gets one number (bytes) per srcaddr, dstaddr, port, protocol, action'],
  [{ view: 'table', keys: [] }, 'The rule gets one number (bytes)'],
  [{ view: 'series' }, 'The rule gets one series (bytes) per action: reduce it to a number'],
  [{ view: 'stat', measures: ['packets'] }, 'The rule gets one number (packets)'],
  [{ view: 'completeness' }, 'The rule gets one number per account and region: the seconds since the newest delivery'],
  [{ view: 'records' }, 'A rule cannot take the view Records: choose another'],
])('of %j a rule gets: %s', (query, text) => {
  expect(describeRule({ refId: 'A', ...query })).toBe(text);
});

test('options read as what is set', () => {
  expect(describeOptions({ refId: 'A', view: 'stat' })).toEqual(['Settle delay: default', 'Limits: default']);
  expect(
    describeOptions({
      ...{
        refId: 'A',
        view: 'graph',
        settleSec: 600,
        portRule: 'as-logged',
        widthPx: 800,
        keys: ['srcaddr', 'dstaddr'],
      },
      limits: { maxObjects: 5000, maxBytes: 2e9, maxSec: 90, onLimit: 'partial' },
    }),
  ).toEqual([
    'Settle delay: 10m',
    'Limits: 5,000 objects, 2 GB, 90s, then answer in part',
    'Ports: both',
    'Canvas: 800 × auto',
    'Group by: srcaddr, dstaddr',
  ]);
});

test.each([
  ['table', 'graph', ['srcaddr', 'dstaddr', 'port'], ['srcaddr', 'dstaddr', 'port']],
  ['series', 'graph', ['action'], undefined],
  ['table', 'series', ['dstport'], ['dstport']],
  ['table', 'stat', ['dstport'], undefined],
  ['table', 'records', ['dstport'], undefined],
] as const)('from %s to %s groups %j become %j', (from, to, keys, kept) => {
  const changed = switchView({ refId: 'A', view: from, keys: [...keys], filter: 'bytes > 1' }, to);
  expect(changed.keys).toEqual(kept);
  expect(changed).toMatchObject({ view: to, filter: 'bytes > 1' });
  expect(normaliseQuery(changed, NOW).view).toBe(to);
});

test.each(EXAMPLES.map((example) => [example.question, example] as const))(
  'the example "%s" is a valid query',
  (_, { query }) => {
    expect(normaliseQuery({ refId: 'A', ...query }, NOW)).toMatchObject({ view: query.view });
  },
);

test('numbers and durations are checked as they are typed', () => {
  expect(findNumberProblem('12', { min: 1, max: 20 })).toBeUndefined();
  expect(findNumberProblem('1.5', { min: 1, max: 20 })).toBe('A whole number from 1 to 20');
  expect(findNumberProblem('1.5', { min: 1, max: 20, isWhole: false })).toBeUndefined();
  expect(findNumberProblem('21', { min: 1, max: 20 })).toBeDefined();
  expect(findNumberProblem('$n', { min: 1, max: 20 })).toBeDefined();
  expect(findCountProblem('$n', { min: 1, max: 20 })).toBeUndefined();
  expect(findDurationProblem('1h30m')).toBeUndefined();
  expect(findDurationProblem('0', { min: 0 })).toBeUndefined();
  expect(findDurationProblem('0')).toBeDefined();
  expect(findDurationProblem('soon')).toBeDefined();
});
