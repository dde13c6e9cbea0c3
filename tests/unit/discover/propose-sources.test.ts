import { proposeSources } from '../../../src/discover/propose-sources';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { makeInput } from '../plugin/data-source-input';

interface Parts {
  readonly name?: string;
  readonly columns?: readonly string[];
}

function to(id: string, location: string | undefined, { name, columns = ['version', 'srcaddr'] }: Parts = {}) {
  const type = location === undefined ? 'kinesis-data-firehose' : location.includes('s3') ? 's3' : 'cloud-watch-logs';
  return { id, columns, destination: { type, ...(location && { location }) }, ...(name && { name }) };
}

test('one for each place, however many flow logs share it, sorted', () => {
  expect(
    proposeSources([to('fl-1', 's3://b'), to('fl-2', 's3://a'), to('fl-3', 's3://b'), to('fl-4', undefined)]),
  ).toEqual([
    { location: 's3://a', name: 'fl-2', flowLogIds: ['fl-2'] },
    { location: 's3://b', flowLogIds: ['fl-1', 'fl-3'] },
  ]);
});

test('called as all of its flow logs are, and no two alike', () => {
  const name = 'vpc-flow-logs';
  const named = { name };
  expect(
    proposeSources([
      to('fl-1', 's3://a', named),
      to('fl-2', 's3://a', named),
      to('fl-3', 's3://b', named),
      to('fl-4', 's3://c', named),
      to('fl-5', 's3://c', { name: 'other' }),
    ]).map((source) => source.name),
  ).toEqual([name, 'fl-3', undefined]);
});

test('with a final slash or without is one place, written as all write it', () => {
  expect(proposeSources([to('fl-1', 's3://a/p/'), to('fl-2', 's3://a/p')])).toEqual([
    { location: 's3://a/p', flowLogIds: ['fl-1', 'fl-2'] },
  ]);
  expect(proposeSources([to('fl-1', 's3://a/p/')])[0]!.location).toBe('s3://a/p/');
});

test('a log group has a header line if all its flow logs have one format', () => {
  const other = { columns: ['version', 'dstaddr'] };
  expect(
    proposeSources([
      to('fl-1', 'logs://r/one'),
      to('fl-2', 'logs://r/one'),
      to('fl-3', 'logs://r/two'),
      to('fl-4', 'logs://r/two', other),
    ]).map(({ header }) => header),
  ).toEqual(['version srcaddr', undefined]);
});

test('all that is found can be configured together, though one place lies in another', () => {
  const found = proposeSources(
    ['s3://logs', 's3://logs/prod', 's3://logs/prod/deep/', 's3://logs-2', 'arn:aws-cn:s3:::logs-3/x'].map((place, i) =>
      to(`fl-${i}`, place),
    ),
  );
  expect(found.map(({ location }) => location)).toEqual([
    'arn:aws-cn:s3:::logs-3/x',
    's3://logs/AWSLogs/',
    's3://logs-2',
    's3://logs/prod/AWSLogs/',
    's3://logs/prod/deep/',
  ]);
  const sources = found.map(({ location, name }) => ({ location, name }));
  expect(parseDataSourceSettings(makeInput({ sources })).sources).toHaveLength(5);
});
