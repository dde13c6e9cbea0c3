import { NO_TALLIES } from '../../../src/digest/digest';
import type { Frame } from '../../../src/frame/frame';
import { withMeta } from '../../../src/frame/with-meta';

const frames: readonly Frame[] = [
  { name: 'nodes', fields: [], meta: { preferredVisualisationType: 'nodeGraph', custom: { own: 1 } } },
  { name: 'edges', fields: [], meta: { preferredVisualisationType: 'nodeGraph' } },
];

test('the first frame has one notice per severity, and the others stay as they are', () => {
  const tallies = { ...NO_TALLIES, skipData: 1200, badValue: 1, tooFewFields: 2 };
  const [first, second] = withMeta(frames, { tallies, omissions: ['PARTIAL: a', 'b'], remarks: ['c', 'd'] });
  expect(first!.meta!.notices).toEqual([
    {
      severity: 'warning',
      text: 'PARTIAL: a\nb\nSKIPDATA: AWS lost an unknown number of records, 1,200 times\nmalformed and left out: 3 lines',
    },
    { severity: 'info', text: 'c\nd' },
  ]);
  expect(second).toBe(frames[1]);
});

test('lost records are a warning where all records count, and a remark where a filter may have left them out', () => {
  const noticesOf = (skipData: number, isFiltered: boolean) =>
    withMeta(frames, { tallies: { ...NO_TALLIES, skipData }, remarks: ['a'], isFiltered })[0]!.meta!.notices;
  expect(noticesOf(1, false)).toEqual([
    { severity: 'warning', text: 'SKIPDATA: AWS lost an unknown number of records, 1 time' },
    { severity: 'info', text: 'a' },
  ]);
  expect(noticesOf(1200, true)).toEqual([
    {
      severity: 'info',
      text: 'a\nSKIPDATA: AWS lost an unknown number of records, 1,200 times in all logs of the range, whatever the filter',
    },
  ]);
  expect(noticesOf(0, true)).toEqual([{ severity: 'info', text: 'a' }]);
});

test('malformed lines are a warning, whatever the filter', () => {
  const [first] = withMeta(frames, { tallies: { ...NO_TALLIES, badValue: 1 }, isFiltered: true });
  expect(first!.meta!.notices).toEqual([{ severity: 'warning', text: 'malformed and left out: 1 line' }]);
});

test('logs of another kind are remarked on where there are no others', () => {
  const noticesOf = (flows: number) =>
    withMeta(frames, { tallies: { ...NO_TALLIES, otherType: 3, flows } })[0]!.meta!.notices;
  expect(noticesOf(0)).toEqual([
    {
      severity: 'info',
      text: '3 records are of another kind of flow log: choose VPCs or transit gateways under Options, Flow logs',
    },
  ]);
  expect(noticesOf(1)).toBeUndefined();
});

test('a whole answer has no notice, but figures, the query and what is custom', () => {
  const tallies = { ...NO_TALLIES, objects: 4, storedBytes: 1000, textBytes: 9000, flows: 70, filtered: 5 };
  const [first] = withMeta(frames, {
    tallies,
    elapsedMs: 12.5,
    cachedObjects: 3,
    executedQuery: '{"view":"graph"}',
    custom: { plan: { objects: 4 } },
  });
  expect(first!.meta).toMatchObject({
    preferredVisualisationType: 'nodeGraph',
    executedQueryString: '{"view":"graph"}',
    custom: { own: 1, plan: { objects: 4 } },
  });
  expect(first!.meta!.notices).toBeUndefined();
  expect(first!.meta!.stats!.map(({ displayName, value, unit }) => [displayName, value, unit])).toEqual([
    ['Objects', 4, 'none'],
    ['Objects from the cache', 3, 'none'],
    ['Stored bytes', 1000, 'decbytes'],
    ['Bytes of text', 9000, 'decbytes'],
    ['Records counted', 70, 'none'],
    ['Records filtered out', 5, 'none'],
    ['Records outside the time range', 0, 'none'],
    ['Records of another kind of flow log', 0, 'none'],
    ['Copies left out', 0, 'none'],
    ['NODATA', 0, 'none'],
    ['SKIPDATA', 0, 'none'],
    ['Malformed lines', 0, 'none'],
    ['Time', 12.5, 'ms'],
  ]);
});

test('without frames there is nothing to add to', () => {
  expect(withMeta([], { tallies: NO_TALLIES })).toEqual([]);
});
