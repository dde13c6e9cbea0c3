/** What the editor says about settings, held against what the backend does with them. */
import {
  DEFAULTS,
  DIGEST_CACHE_RANGE,
  LIMIT_RANGES,
  SETTLE_DELAY_RANGE,
  TIMEOUT_RANGE,
} from '../../../../src/frontend/config-editor/defaults';
import {
  findDigestsProblem,
  findSourceProblems,
  sourceNameOf,
} from '../../../../src/frontend/config-editor/find-source-problems';
import { isHttpUrl } from '../../../../src/frontend/config-editor/is-http-url';
import { locationWithPrefix } from '../../../../src/frontend/config-editor/location-with-prefix';
import type { SourceConfig } from '../../../../src/frontend/settings';
import { DEFAULT_MAX_LIMITS, DEFAULT_QUERY_LIMITS, parseDataSourceSettings } from '../../../../src/plugin/settings';
import { parseLocation } from '../../../../src/store/location';

function parse(jsonData: object) {
  return parseDataSourceSettings({
    ...{ uid: 'u', name: 'n', orgId: 1, jsonData, secureJsonData: {}, updatedMs: 0, grafanaConfig: {} },
    environment: { GF_PLUGIN_LOCAL_ROOT: '/logs' },
  });
}

/** The message of the refusal, or nothing. */
function refusalOf(jsonData: object): string | undefined {
  try {
    parse(jsonData);
    return undefined;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

test('placeholders are the backend’s defaults', () => {
  const { limits, digestCacheBytes, settleDelaySec, timeouts } = parse({});
  expect({ ...DEFAULTS.limits, onLimit: 'fail' }).toEqual(DEFAULT_QUERY_LIMITS);
  expect(DEFAULTS.maxima).toEqual(DEFAULT_MAX_LIMITS);
  expect(limits).toEqual({ defaults: { ...DEFAULTS.limits, onLimit: 'fail' }, maxima: DEFAULTS.maxima });
  expect(DEFAULTS).toMatchObject({ digestCacheBytes, settleDelaySec, timeouts });
});

test('what is in range is accepted, what is beyond is refused', () => {
  const ranges = [
    ...Object.entries(LIMIT_RANGES).map(
      ([name, range]) => [range, (n: number) => ({ maxLimits: { [name]: n } })] as const,
    ),
    [DIGEST_CACHE_RANGE, (n: number) => ({ digestCacheBytes: n })] as const,
    [SETTLE_DELAY_RANGE, (n: number) => ({ settleDelaySec: n })] as const,
    ...Object.keys(DEFAULTS.timeouts).map(
      (name) => [TIMEOUT_RANGE, (n: number) => ({ timeouts: { [name]: n } })] as const,
    ),
  ];
  expect(ranges).toHaveLength(11);
  for (const [{ min, max }, settingsOf] of ranges) {
    expect(refusalOf(settingsOf(min))).toBeUndefined();
    expect(refusalOf(settingsOf(max))).toBeUndefined();
    expect(refusalOf(settingsOf(max + 1))).toBeDefined();
    expect(refusalOf(settingsOf(min - 1))).toBeDefined();
  }
});

const ROLE = 'arn:aws:iam::123456789012:role/read';
const CASES: readonly (readonly [sources: readonly SourceConfig[], fields: readonly string[]])[] = [
  [[{ location: 's3://flow-logs/prod/' }], []],
  [[{ location: 'arn:aws:s3:::flow-logs' }, { location: '/logs/demo' }, { location: 'other' }], []],
  [[{}], ['sources[0].location']],
  [[{ location: ' ' }], ['sources[0].location']],
  [[{ location: 's3://' }], ['sources[0].location']],
  [[{ location: 's3://a_/x' }], ['sources[0].location']],
  [[{ location: 'https://flow-logs.s3.amazonaws.com' }], ['sources[0].location']],
  [[{ location: 'arn:aws:sqs:::x' }], ['sources[0].location']],
  [[{ location: 's3://logs', roleArn: ROLE, region: 'eu-west-1', externalId: 'x', requesterPays: true }], []],
  [[{ location: 's3://logs', roleArn: 'arn:aws:iam::12:role/read' }], ['sources[0].roleArn']],
  [[{ location: 's3://logs', roleArn: 'arn:aws:iam::123456789012:user/read' }], ['sources[0].roleArn']],
  [[{ location: 's3://logs', region: 'eu west' }], ['sources[0].region']],
  [[{ location: 's3://logs', name: 'x'.repeat(201) }], ['sources[0].name']],
  [[{ location: 's3://logs', header: 'version srcaddr, dstaddr' }], []],
  [[{ location: 's3://logs', header: 'source target' }], ['sources[0].header']],
  [[{ location: '/logs/a', roleArn: ROLE }], ['sources[0].roleArn']],
  [[{ location: '/logs/a', region: 'eu-west-1' }], ['sources[0].region']],
  [[{ location: '/logs/a', requesterPays: true }], ['sources[0].requesterPays']],
  [[{ location: '/logs/a', externalId: 'x' }], ['sources[0].externalId']],
  [[{ location: '/logs/a', requesterPays: false, anyKey: true }], []],
  [[{ location: 'logs://eu-west-1//vpc/flow', header: '${version} ${srcaddr}', roleArn: ROLE }], []],
  [[{ location: 'logs://eu-west-1/flow' }, { location: 'logs://eu-west-1/flow-2' }], []],
  [[{ location: 'logs:///flow', region: 'eu-west-1' }], []],
  [[{ location: 'logs://flow' }], ['sources[0].location']],
  [[{ location: 'logs://eu-west-1/no blanks' }], ['sources[0].location']],
  [[{ location: 'logs://eu-west-1/flow', requesterPays: true }], ['sources[0].requesterPays']],
  [[{ location: 'logs://eu-west-1/flow', anyKey: true }], ['sources[0].anyKey']],
  [[{ location: 'logs://eu-west-1/flow', region: 'eu-west-2' }], ['sources[0].region']],
  [[{ location: 'logs://eu-west-1/flow', header: 'version srcadr' }], ['sources[0].header']],
  [
    [
      { location: 'logs://eu-west-1//vpc/flow' },
      { location: 'arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow:*' },
    ],
    ['sources[0].location', 'sources[1].location'],
  ],
  [
    [
      { location: 'arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow:*' },
      { location: 'arn:aws:logs:eu-west-1:210987654321:log-group:/vpc/flow:*' },
    ],
    [],
  ],
  [[{ location: 's3://logs' }, { location: 's3://logs/prod' }], ['sources[1].location']],
  [[{ location: 's3://logs/prod' }, { location: 's3://logs/production' }], ['sources[1].location']],
  [[{ location: 's3://logs/prod/' }, { location: 's3://logs/production' }], []],
  [[{ location: 's3://logs/a' }, { location: 'arn:aws:s3:::logs/a/b' }], ['sources[1].location']],
  [
    [{ location: 's3://logs' }, { location: 's3://logs' }],
    ['sources[0].location', 'sources[1].location'],
  ],
  [[{ location: '/logs/a' }, { location: '/logs/a/b' }], ['sources[1].location']],
  [[{ location: '/logs/a' }, { location: '/logs/ab' }], []],
  [
    [
      { location: 's3://aaa', name: 'x' },
      { location: 's3://bbb', name: ' x ' },
    ],
    ['sources[0].name', 'sources[1].name'],
  ],
  [
    [{ location: 's3://aaa', name: 's3://bbb' }, { location: 's3://bbb' }],
    ['sources[0].name', 'sources[1].name'],
  ],
];

test.each(CASES)('%j: wrong is %j, for the editor and for the backend', (sources, fields) => {
  const found = findSourceProblems(sources).flatMap((problems, index) =>
    Object.keys(problems).map((field) => `sources[${index}].${field}`),
  );
  expect(found).toEqual(fields);
  const refusal = refusalOf({ sources });
  expect(refusal === undefined).toBe(fields.length === 0);
  // The backend ends at the first.
  expect(refusal ?? '').toContain(fields[0] ?? '');
  if (refusal === undefined) {
    expect(parse({ sources }).sources.map(({ name }) => name)).toEqual(sources.map(sourceNameOf));
  }
});

test.each([
  ['', true],
  [' ', true],
  ['s3://flow-digests', true],
  ['arn:aws:s3:::flow-digests/team/', true],
  ['/logs/data/digests/stored', true],
  ['s3://', false],
  ['https://flow-digests.s3.amazonaws.com', false],
  ['logs://eu-west-1/flow', false],
  ['logs://flow', false],
])('%j as the place of stored digests', (digestsAt, isRight) => {
  expect(findDigestsProblem(digestsAt) === undefined).toBe(isRight);
  const refusal = refusalOf({ digestsAt });
  expect(refusal === undefined).toBe(isRight);
  expect(refusal ?? 'digestsAt').toContain('digestsAt');
});

test.each([
  ['https://sts.example', true],
  ['http://127.0.0.1:5000', true],
  ['', true],
  ['sts.example', false],
  ['https://', false],
  ['ftp://x', false],
])('%j as an endpoint of STS', (stsEndpoint, isRight) => {
  expect(isHttpUrl(stsEndpoint)).toBe(isRight);
  expect(refusalOf({ stsEndpoint }) === undefined).toBe(isRight);
});

test.each([
  ['s3://logs/prd/', 's3://logs/prod/'],
  ['s3://logs', 's3://logs/prod/'],
  ['s3://logs/', 's3://logs/prod/'],
  ['arn:aws:s3:::logs/x/y', 'arn:aws:s3:::logs/prod/'],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1', 'arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/prod/'],
  [
    'arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/object/x',
    'arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/object/prod/',
  ],
  [
    's3://arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/x',
    's3://arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/prod/',
  ],
])('%s with the prefix prod/ is %s', (location, expected) => {
  expect(locationWithPrefix(location, 'prod/')).toBe(expected);
  const before = parseLocation(location);
  expect(parseLocation(expected)).toEqual({ ...before, prefix: 'prod/' });
});

test('a prefix in a folder is counted from what holds AWSLogs', () => {
  expect(locationWithPrefix('/logs/demo', 'AWSLogs/')).toBe('/logs/demo/AWSLogs/');
  expect(locationWithPrefix('/logs/AWSLogs/123/', 'AWSLogs/456/')).toBe('/logs/AWSLogs/456/');
  expect(locationWithPrefix('ftp://x', 'prod/')).toBe('ftp://x');
});
