import fc from 'fast-check';
import {
  type FlowLogKey,
  type KeyBranch,
  accountPrefixes,
  accountsPrefix,
  createKeyParser,
  dayPrefix,
  formatObjectKey,
  hourFilesPrefix,
  hourPrefix,
  parseAccountFolder,
  parseObjectKey,
  parseRegionFolder,
  regionPrefix,
  stampBound,
} from '../../../src/flow/object-key';

const PLAIN =
  'AWSLogs/841154226728/vpcflowlogs/us-west-2/2023/01/21/841154226728_vpcflowlogs_us-west-2_fl-055401975c87952e8_20230121T2100Z_1ce1bf4b.log.gz';
const HIVE =
  'AWSLogs/aws-account-id=111111111111/aws-service=vpcflowlogs/aws-region=eu-west-3/year=2022/month=09/day=15/111111111111_vpcflowlogs_eu-west-3_fl-0f46d0a2ed744cfa1_20220915T1420Z_740b4cc6.log.parquet';
const TGW_HIVE =
  'AWSLogs/aws-account-id=123456789012/service=vpcflowlogs/aws-region=us-east-1/year=2021/month=03/day=10/hour=23/123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20210310T2355Z_fe123456.log.gz';

const plainOf = (region: string, { prefix = '', extension = '.log.gz' } = {}) =>
  `${prefix}AWSLogs/123456789012/vpcflowlogs/${region}/2026/01/15/123456789012_vpcflowlogs_${region}_fl-0123456789abcdef0_20260115T1005Z_0badcafe${extension}`;

describe('parseObjectKey', () => {
  test('a plain key', () => {
    expect(parseObjectKey(PLAIN)).toEqual({
      prefix: '',
      accountId: '841154226728',
      region: 'us-west-2',
      flowLogId: 'fl-055401975c87952e8',
      stampSec: Date.UTC(2023, 0, 21, 21, 0) / 1000,
      hash: '1ce1bf4b',
      format: 'text',
      extension: '.log.gz',
      layout: { hive: false, hourly: false },
    });
  });

  test('a Hive key', () => {
    expect(parseObjectKey(HIVE)).toEqual({
      prefix: '',
      accountId: '111111111111',
      region: 'eu-west-3',
      flowLogId: 'fl-0f46d0a2ed744cfa1',
      stampSec: Date.UTC(2022, 8, 15, 14, 20) / 1000,
      hash: '740b4cc6',
      format: 'parquet',
      extension: '.log.parquet',
      layout: { hive: 'aws-service', hourly: false },
    });
  });

  test.each([
    ['plain', PLAIN, {}],
    ['Hive', HIVE, {}],
    ['Transit Gateway Hive, by hour', TGW_HIVE, { layout: { hive: 'service', hourly: true } }],
    ['by hour', PLAIN.replace('/21/8', '/21/21/8'), { layout: { hive: false, hourly: true } }],
    ['Hive by hour', HIVE.replace('day=15/', 'day=15/hour=14/'), { layout: { hive: 'aws-service', hourly: true } }],
    ['a prefix', 'vpc-flow-logs/a b/' + PLAIN, { prefix: 'vpc-flow-logs/a b/' }],
    ['a glued prefix', 'logs/flow' + PLAIN, { prefix: 'logs/flow' }],
    ['a prefix that begins with /', '/' + PLAIN, { prefix: '/' }],
    ['a prefix with AWSLogs/ in it', 'AWSLogs/copies/' + PLAIN, { prefix: 'AWSLogs/copies/' }],
    ['ASEA', '841154226728/vpc-a/' + PLAIN, { prefix: '841154226728/vpc-a/' }],
    ['an organisation', PLAIN.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'), { organisation: 'o-abcdefghij' }],
    ['an organisation, Hive', HIVE.replace('AWSLogs/', 'AWSLogs/o-0a1b2c3d4e/'), { organisation: 'o-0a1b2c3d4e' }],
    ['China', plainOf('cn-northwest-1'), { region: 'cn-northwest-1' }],
    ['GovCloud', plainOf('us-gov-east-1'), { region: 'us-gov-east-1' }],
    ['ISO', plainOf('us-iso-east-1'), { region: 'us-iso-east-1' }],
    ['ISOB', plainOf('us-isob-east-1', { prefix: 'p/' }), { region: 'us-isob-east-1', prefix: 'p/' }],
    ['.parquet', plainOf('eu-west-1', { extension: '.parquet' }), { format: 'parquet', extension: '.parquet' }],
    ['an 8-digit flow log id', PLAIN.replace('fl-055401975c87952e8', 'fl-1234abcd'), { flowLogId: 'fl-1234abcd' }],
    ['29 February', PLAIN.replace('2023/01/21', '2024/02/29').replace('20230121', '20240229'), {}],
  ])('%s, and back', (_, key, expected) => {
    const parsed = parseObjectKey(key);
    expect(parsed).toMatchObject(expected);
    expect(formatObjectKey(parsed!)).toBe(key);
  });

  test.each([
    ['nothing', ''],
    ['only the root', 'AWSLogs/'],
    ['a folder', PLAIN.slice(0, PLAIN.lastIndexOf('/') + 1)],
    ['no root', PLAIN.slice('AWSLogs/'.length)],
    ['CloudTrail', PLAIN.replaceAll('vpcflowlogs', 'CloudTrail')],
    ['another service in the file name', PLAIN.replace('_vpcflowlogs_', '_elasticloadbalancing_')],
    ['another account in the file name', PLAIN.replace('/841154226728_', '/841154226729_')],
    ['another region in the file name', PLAIN.replace('_us-west-2_', '_us-west-1_')],
    ['another day in the file name', PLAIN.replace('20230121T', '20230122T')],
    ['another month in the path', PLAIN.replace('2023/01/21', '2023/02/21')],
    ['another hour in the path', PLAIN.replace('/21/8', '/21/20/8')],
    ['an 11-digit account', PLAIN.replaceAll('841154226728', '84115422672')],
    ['31 February', PLAIN.replace('2023/01/21', '2023/02/31').replace('20230121', '20230231')],
    ['29 February of a common year', PLAIN.replace('2023/01/21', '2023/02/29').replace('20230121', '20230229')],
    ['the year 26', PLAIN.replace('2023/01/21', '0026/01/21').replace('20230121', '00260121')],
    ['hour 24', PLAIN.replace('T2100Z', 'T2400Z')],
    ['minute 60', PLAIN.replace('T2100Z', 'T2160Z')],
    ['a Hive account only', PLAIN.replace('AWSLogs/', 'AWSLogs/aws-account-id=')],
    ['a Hive day only', PLAIN.replace('/21/8', '/day=21/8')],
    ['= encoded as %3D', HIVE.replaceAll('=', '%3D')],
    ['uncompressed text', PLAIN.replace('.log.gz', '.log')],
    ['gzip without .log', PLAIN.replace('.log.gz', '.gz')],
    ['a surplus suffix', PLAIN + '.md5'],
    ['a surplus segment', PLAIN.replace('/2023', '/extra/2023')],
    ['a surplus part in the file name', PLAIN.replace('_1ce1bf4b', '_x_1ce1bf4b')],
    ['a surplus part after the extension', PLAIN + '_x'],
    ['no flow log id', PLAIN.replace('_fl-0', '_xfl-0')],
    ['capital hexadecimal digits', PLAIN.replace('1ce1bf4b', '1CE1BF4B')],
    ['no hash', PLAIN.replace('_1ce1bf4b', '')],
    ['an availability zone for a region', plainOf('eu-west-1a')],
    ['a region of one word', plainOf('europe-1')],
    ['a short organisation id', PLAIN.replace('AWSLogs/', 'AWSLogs/o-abc/')],
    ['two organisations', PLAIN.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/o-abcdefghij/')],
  ])('a stranger: %s', (_, key) => {
    expect(parseObjectKey(key)).toBeUndefined();
  });

  test('any text is read without a throw', () => {
    const word = fc.constantFrom(
      'AWSLogs/',
      '/',
      '_',
      '123456789012',
      'vpcflowlogs',
      'eu-west-1',
      'year=',
      '2026',
      '-a',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (key) => {
          expect(parseObjectKey(key)).toBeUndefined();
        },
      ),
    );
  });

  test.each([
    ['many roots', 'AWSLogs/'.repeat(200_000)],
    ['many region words', PLAIN.replaceAll('us-west-2', 'us' + '-a'.repeat(400_000))],
    ['many digits', PLAIN.replace('1ce1bf4b', 'a'.repeat(1_000_000) + '!')],
    ['many parts', '_'.repeat(1_000_000) + PLAIN],
  ])('long keys take linear time: %s', (_, key) => {
    const startMs = performance.now();
    parseObjectKey(key);
    // Some tens of milliseconds; a quadratic search would take minutes.
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});

const digits = (alphabet: string, size: number | readonly [number, number]) => {
  const [minLength, maxLength] = typeof size === 'number' ? [size, size] : size;
  return fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
};
const HEX = '0123456789abcdef';
const branches: fc.Arbitrary<KeyBranch> = fc
  .record({
    prefix: fc.constantFrom('', 'logs/', 'glued', 'a/AWSLogs/', 'ü b/', '/', 'AWSLogs'),
    organisation: fc.option(
      digits('abcxyz019', [10, 32]).map((id) => `o-${id}`),
      { nil: undefined },
    ),
    accountId: digits('0123456789', 12),
    region: fc.constantFrom('eu-west-1', 'us-gov-east-1', 'us-isob-east-1', 'cn-north-1', 'ap-southeast-12'),
    hive: fc.constantFrom(false as const, 'aws-service' as const, 'service' as const),
  })
  .map(({ organisation, ...rest }) => (organisation === undefined ? rest : { ...rest, organisation }));
const keys: fc.Arbitrary<FlowLogKey> = fc
  .record({
    branch: branches,
    flowLogId: fc.oneof(digits(HEX, 8), digits(HEX, 17)).map((id) => `fl-${id}`),
    stampSec: fc.integer({ min: 0, max: 4_000_000_000 }).map((sec) => sec - (sec % 60)),
    hash: digits(HEX, [1, 16]),
    extension: fc.constantFrom('.log.gz' as const, '.log.parquet' as const, '.parquet' as const),
    hourly: fc.boolean(),
  })
  .map(({ branch: { hive, ...branch }, extension, hourly, ...rest }) => ({
    ...branch,
    ...rest,
    extension,
    format: extension === '.log.gz' ? 'text' : 'parquet',
    layout: { hive, hourly },
  }));

describe('formatObjectKey', () => {
  test('is undone by parseObjectKey', () => {
    fc.assert(fc.property(keys, (key) => expect(parseObjectKey(formatObjectKey(key))).toEqual(key)));
  });
});

describe('createKeyParser', () => {
  const changes = fc.record(
    {
      stampSec: fc.oneof(fc.constantFrom(60, 3600, 86_400, -86_400), fc.integer({ min: -2000, max: 2000 })),
      hash: digits(HEX, [1, 4]),
      flowLogId: fc.constantFrom('fl-0', 'fl-00', 'fl-1'),
      extension: fc.constantFrom('.log.gz' as const, '.parquet' as const),
      hourly: fc.boolean(),
      region: fc.constantFrom('eu-west-1', 'eu-west-11'),
      // Ways to spoil a key.
      spoil: fc.constantFrom(
        ...[
          ['T', 'T9'],
          ['T1', 'T3'],
          ['Z_', '_'],
          ['.log', '.txt'],
          ['vpcflowlogs_', 'x_'],
          ['/AWSLogs', '/AWSLog'],
          [/\/[^/]*$/, '/notes_T.txt'],
          [/T..(?=..Z)/, 'T24'],
          [/T(..)..Z/, 'T$160Z'],
          [/\d{8}(?=T)/, '20260230'],
        ],
      ),
    },
    { requiredKeys: ['hash'] },
  );

  test('takes no key of another hour in the folder of an hour', () => {
    const parse = createKeyParser();
    const other = TGW_HIVE.replace('T2355Z', 'T2255Z');
    expect([TGW_HIVE, other, TGW_HIVE.replace('T2355Z', 'T2310Z')].map((key) => parse(key)?.stampSec)).toEqual([
      Date.UTC(2021, 2, 10, 23, 55) / 1000,
      undefined,
      Date.UTC(2021, 2, 10, 23, 10) / 1000,
    ]);
  });

  test('says of each key of a listing what parseObjectKey says', () => {
    fc.assert(
      fc.property(keys, fc.array(changes, { minLength: 1, maxLength: 12 }), (first, listed) => {
        const parse = createKeyParser();
        let key = first;
        for (const { stampSec = 0, hourly = key.layout.hourly, spoil, ...rest } of listed) {
          const layout = { ...key.layout, hourly };
          const sec = key.stampSec + stampSec - (stampSec % 60);
          key = { ...key, ...rest, layout, stampSec: Math.min(Math.max(sec, 0), 4_000_000_000 - 40) };
          const text = spoil ? formatObjectKey(key).replace(spoil[0]!, spoil[1] as string) : formatObjectKey(key);
          expect(parse(text)).toEqual(parseObjectKey(text));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('prefixes to list', () => {
  const branch: KeyBranch = { prefix: 'p/', accountId: '123456789012', region: 'eu-west-1', hive: false };
  const timeSec = Date.UTC(2026, 0, 5, 9, 59, 59) / 1000;

  test('below an account, in each layout', () => {
    expect(accountsPrefix('p/')).toBe('p/AWSLogs/');
    expect(accountPrefixes('p/', '123456789012')).toEqual([
      'p/AWSLogs/123456789012/vpcflowlogs/',
      'p/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/',
      'p/AWSLogs/aws-account-id=123456789012/service=vpcflowlogs/',
    ]);
    expect(accountPrefixes('', '123456789012', 'o-abcdefghij')[0]).toBe(
      'AWSLogs/o-abcdefghij/123456789012/vpcflowlogs/',
    );
  });

  test('a region, a day, an hour', () => {
    const root = 'p/AWSLogs/123456789012/vpcflowlogs/eu-west-1/';
    expect(regionPrefix(branch)).toBe(root);
    expect(dayPrefix(branch, timeSec)).toBe(`${root}2026/01/05/`);
    expect(hourPrefix(branch, timeSec)).toBe(`${root}2026/01/05/09/`);
    expect(hourFilesPrefix(branch, 'fl-1234abcd', timeSec)).toBe(
      `${root}2026/01/05/123456789012_vpcflowlogs_eu-west-1_fl-1234abcd_20260105T09`,
    );
    expect(stampBound(branch, 'fl-1234abcd', timeSec)).toBe(
      `${root}2026/01/05/123456789012_vpcflowlogs_eu-west-1_fl-1234abcd_20260105T0959Z`,
    );
  });

  test('the same in Hive layout', () => {
    const hive: KeyBranch = { ...branch, hive: 'aws-service' };
    const root = 'p/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/';
    expect(dayPrefix(hive, timeSec)).toBe(`${root}year=2026/month=01/day=05/`);
    expect(hourPrefix(hive, timeSec)).toBe(`${root}year=2026/month=01/day=05/hour=09/`);
  });

  test.each([
    ['p/AWSLogs/123456789012/', { type: 'account', accountId: '123456789012' }],
    ['p/AWSLogs/aws-account-id=123456789012/', { type: 'account', accountId: '123456789012' }],
    ['AWSLogs/o-abcdefghij/', { type: 'organisation', organisation: 'o-abcdefghij' }],
    ['AWSLogs/o-abcdefghij/123456789012/', { type: 'account', accountId: '123456789012' }],
    ['AWSLogs/12345678901/', undefined],
    ['AWSLogs/account-id=123456789012/', undefined],
    ['AWSLogs/o-short/', undefined],
    ['AWSLogs/', undefined],
    ['', undefined],
  ])('%j below the root', (folded, expected) => {
    expect(parseAccountFolder(folded)).toEqual(expected);
  });

  test.each([
    'AWSLogs/123456789012/vpcflowlogs/eu-west-1',
    'AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/',
    'AWSLogs/123456789012/vpcflowlogs/aws-region=eu-west-1/',
    'AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/eu-west-1/',
    'AWSLogs/account=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/',
    'AWSLogs/123456789012/vpcflowlogs/copy/',
    'AWSLogs/123456789012/CloudTrail/eu-west-1/',
    '123456789012/vpcflowlogs/eu-west-1/',
    '',
  ])('%j is no region', (folded) => {
    expect(parseRegionFolder(folded)).toBeUndefined();
  });

  test('a folded region prefix leads back to its branch', () => {
    fc.assert(fc.property(branches, (some) => expect(parseRegionFolder(regionPrefix(some))).toEqual(some)));
  });

  test('every key lies below the prefixes of its account, region, day and hour', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = formatObjectKey(key);
        const { prefix, organisation, accountId, layout, stampSec, flowLogId } = key;
        const own: KeyBranch = { ...key, hive: layout.hive };
        const within = [
          ...accountPrefixes(prefix, accountId, organisation).filter((account) => text.startsWith(account)),
          regionPrefix(own),
          dayPrefix(own, stampSec),
          layout.hourly ? hourPrefix(own, stampSec) : hourFilesPrefix(own, flowLogId, stampSec),
        ];
        expect(within).toHaveLength(4);
        expect(within.filter((outer) => !text.startsWith(outer))).toEqual([]);
      }),
    );
  });

  test('a stamp bound parts the earlier keys of a flow log from the later ones', () => {
    const keyAt = (minute: number, hash: string) =>
      formatObjectKey({
        prefix: 'p/',
        accountId: '123456789012',
        region: 'eu-west-1',
        flowLogId: 'fl-1234abcd',
        stampSec: Date.UTC(2026, 0, 5, 9, minute) / 1000,
        hash,
        format: 'text',
        extension: '.log.gz',
        layout: { hive: false, hourly: false },
      });
    const bound = stampBound(branch, 'fl-1234abcd', Date.UTC(2026, 0, 5, 9, 10) / 1000);
    expect([keyAt(5, 'ffffffff') < bound, keyAt(10, '00000000') > bound, keyAt(15, '00000000') > bound]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
