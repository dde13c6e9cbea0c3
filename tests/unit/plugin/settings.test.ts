import { FlowError } from '../../../src/errors';
import {
  boundLimits,
  DEFAULT_DIGEST_CACHE_BYTES,
  DEFAULT_MAX_LIMITS,
  DEFAULT_QUERY_LIMITS,
  DEFAULT_SETTLE_DELAY_SEC,
  parseDataSourceSettings,
  type DataSourceInput,
} from '../../../src/plugin/settings';
import { parseS3Settings } from '../../../src/store/s3-settings';
import { makeInput, ROLE } from './data-source-input';

const parse = (jsonData: unknown, more: Partial<DataSourceInput> = {}) =>
  parseDataSourceSettings(makeInput(jsonData, more));
const KEYS = { accessKey: 'AKIA', secretKey: 'the-secret' };
const CERT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const LOCAL = { environment: { GF_PLUGIN_LOCAL_ROOT: '/data/export' } };

function refusal(jsonData: unknown, more: Partial<DataSourceInput> = {}): FlowError {
  try {
    parse(jsonData, more);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FlowError);
    return thrown as FlowError;
  }
  throw new Error('nothing was refused');
}

function bucketOf(jsonData: object, more: Partial<DataSourceInput> = {}) {
  const [source] = parse({ sources: [{ location: 's3://logs/prefix' }], ...jsonData }, more).sources;
  if (source?.kind !== 's3') {
    throw new Error('no bucket');
  }
  return source;
}

test.each([[undefined], [null], [{}], [{ sources: null, timeouts: null, somethingOfGrafana: 1 }]])(
  '%j is a data source that was just added',
  (jsonData) => {
    expect(parse(jsonData)).toStrictEqual({
      uid: 'ds-uid',
      name: 'Flow logs',
      s3: parseS3Settings({}),
      sources: [],
      limits: { defaults: DEFAULT_QUERY_LIMITS, maxima: DEFAULT_MAX_LIMITS },
      digestCacheBytes: DEFAULT_DIGEST_CACHE_BYTES,
      settleDelaySec: DEFAULT_SETTLE_DELAY_SEC,
      timeouts: { connectMs: 3000, answerMs: 15_000, listMs: 60_000, idleMs: 15_000 },
    });
  },
);

test('everything at once, under Grafana’s names', () => {
  const jsonData = {
    authType: 'keys',
    assumeRoleArn: ROLE,
    externalId: 'ext',
    profile: 'p',
    defaultRegion: 'eu-west-1',
    endpoint: 'https://s3.example:9000',
    stsEndpoint: 'https://sts.example',
    ec2Endpoint: 'https://ec2.example',
    tlsSkipVerify: true,
    tlsAuthWithCACert: true,
    // Secrets are never taken from here.
    secretKey: 'open',
    sessionToken: 'open',
    sources: [
      {
        name: 'prod',
        location: 's3://logs/prod/',
        region: 'eu-central-1',
        roleArn: `${ROLE}-prod`,
        externalId: 'prod-ext',
        requesterPays: true,
        header: 'version,account-id srcaddr dstaddr',
        anyKey: true,
      },
      { location: 'arn:aws:s3:::archive' },
    ],
    defaultLimits: { maxObjects: 10, onLimit: 'partial' },
    maxLimits: { maxBytes: 1000 },
    digestCacheBytes: 0,
    settleDelaySec: 60,
    timeouts: { connectMs: 500 },
  };
  const settings = parse(jsonData, {
    secureJsonData: { ...KEYS, tlsCACert: CERT },
    environment: { GF_PLUGIN_CREDENTIALS_FILE: '/etc/aws/credentials' },
  });
  expect(settings).toMatchObject({
    limits: {
      defaults: { maxObjects: 10, maxBytes: 1000, maxKeys: DEFAULT_QUERY_LIMITS.maxKeys, onLimit: 'partial' },
      maxima: { maxBytes: 1000, maxObjects: DEFAULT_MAX_LIMITS.maxObjects },
    },
    digestCacheBytes: 0,
    settleDelaySec: 60,
    timeouts: { connectMs: 500, answerMs: 15_000 },
    credentialsFile: '/etc/aws/credentials',
  });
  const common = {
    authType: 'keys',
    ...KEYS,
    profile: 'p',
    region: 'eu-west-1',
    endpoint: 'https://s3.example:9000',
    stsEndpoint: 'https://sts.example',
    ec2Endpoint: 'https://ec2.example',
    forcePathStyle: true,
    caCert: CERT,
    tlsSkipVerify: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  };
  // The data source itself signs in with its own role, whatever the sources have.
  expect(settings.s3).toStrictEqual({ ...common, assumeRoleArn: ROLE, externalId: 'ext', requesterPays: false });
  expect(settings.sources).toStrictEqual([
    {
      name: 'prod',
      location: 's3://logs/prod/',
      anyKey: true,
      columns: ['version', 'account-id', 'srcaddr', 'dstaddr'],
      kind: 's3',
      bucket: 'logs',
      prefix: 'prod/',
      region: 'eu-central-1',
      s3: { ...common, assumeRoleArn: `${ROLE}-prod`, externalId: 'prod-ext', requesterPays: true },
    },
    {
      name: 'arn:aws:s3:::archive',
      location: 'arn:aws:s3:::archive',
      anyKey: false,
      kind: 's3',
      bucket: 'archive',
      prefix: '',
      s3: { ...common, assumeRoleArn: ROLE, externalId: 'ext', requesterPays: false },
    },
  ]);
});

test('the spelling assumeRoleARN counts too, also under a source’s own role', () => {
  expect(bucketOf({ assumeRoleARN: ROLE }).s3.assumeRoleArn).toBe(ROLE);
  const sources = [{ location: 's3://logs', roleArn: `${ROLE}2` }];
  expect(bucketOf({ assumeRoleARN: ROLE, sources }).s3.assumeRoleArn).toBe(`${ROLE}2`);
});

test('a private authority counts unless it is switched off', () => {
  const more = { secureJsonData: { tlsCACert: CERT } };
  expect(bucketOf({}, more).s3.caCert).toBe(CERT);
  expect(bucketOf({ tlsAuthWithCACert: true }, more).s3.caCert).toBe(CERT);
  expect(bucketOf({ tlsAuthWithCACert: false }, more).s3.caCert).toBeUndefined();
});

test('a certificate that is none is named as the editor names it, and nothing of it is said', () => {
  const more = { secureJsonData: { tlsCACert: 'MIIB…' } };
  expect(() => parse({}, more)).toThrow(/settings: tlsCACert: is not a certificate in PEM form/);
  expect(() => parse({}, more)).not.toThrow(/MIIB|caCert/);
  expect(() => parse({ tlsAuthWithCACert: false }, more)).not.toThrow();
});

describe('the proxy', () => {
  const enabled = { AWS_AUTH_PerDatasourceHTTPProxyEnabled: 'true' };
  const environment = { HTTPS_PROXY: 'http://env:1', NO_PROXY: '.example' };

  test('is the environment’s, unless the endpoint is excepted', () => {
    expect(bucketOf({}, { environment }).s3.proxyUrl).toBe('http://env:1');
    expect(bucketOf({ proxyType: 'env', proxyUrl: 'http://own:1' }, { environment }).s3.proxyUrl).toBe('http://env:1');
    expect(bucketOf({ endpoint: 'https://s3.example' }, { environment }).s3.proxyUrl).toBeUndefined();
  });

  test('is the data source’s own where the administrator allows it', () => {
    const more = { environment, grafanaConfig: enabled, secureJsonData: { proxyPassword: 'p@ss' } };
    const own = { proxyType: 'url', proxyUrl: 'http://own:8080', proxyUsername: 'me' };
    expect(bucketOf(own, more).s3.proxyUrl).toBe('http://me:p%40ss@own:8080/');
    expect(bucketOf({ proxyType: 'none' }, more).s3.proxyUrl).toBeUndefined();
  });

  test('is refused where it would be passed over', () => {
    expect(refusal({ proxyType: 'url', proxyUrl: 'http://own:1' }).message).toMatch(
      /proxyType: "url" is not allowed: .*\[aws\] per_datasource_http_proxy_enabled = true/,
    );
    expect(refusal({ proxyType: 'none' }).message).toMatch(/proxyType: "none" is not allowed/);
    expect(refusal({ proxyType: 'url', proxyUrl: 'own' }, { grafanaConfig: enabled }).message).toMatch(
      /proxyUrl: is not a URL/,
    );
    expect(refusal({ enableSecureSocksProxy: true }).message).toMatch(/enableSecureSocksProxy: is not supported/);
  });
});

describe('wrong settings are named with what to write', () => {
  test.each<[object, RegExp]>([
    [{ authType: 'grafana_assume_role' }, /authType: "grafana_assume_role" exists only in Grafana Cloud/],
    [{ authType: 'keys' }, /accessKey: is missing.*secretKey: is missing/],
    [{ sources: [{ name: 'x' }] }, /sources\[0\]\.location: is missing: write s3:/],
    [{ sources: [{ location: 's3://a' }] }, /sources\[0\]\.location: .*not the name of a bucket.*write s3:/],
    [{ sources: [{ location: 'gs://bucket' }] }, /sources\[0\]\.location: .*gs:\/\/ is not supported/],
    [{ sources: [{ location: 's3://logs', prefx: 'a' }] }, /sources\[0\]: .*prefx/],
    [
      { sources: [{ location: 's3://logs', roleArn: 'admin' }] },
      /sources\[0\]\.roleArn: is not the ARN of a role: write/,
    ],
    [{ sources: [{ location: 's3://logs', region: 'eu west' }] }, /sources\[0\]\.region: is not the name of a region/],
    [
      { sources: [{ location: 's3://logs', header: 'a b c' }] },
      /sources\[0\]\.header: "a b c" names no documented field/,
    ],
    [{ sources: 's3://logs' }, /sources: /],
    [
      { defaultLimits: { maxBytes: 10 }, maxLimits: { maxBytes: 9 } },
      /defaultLimits\.maxBytes: 10 is more than maxLimits\.maxBytes allows \(9\)/,
    ],
    [{ maxLimits: { maxObjects: 0 } }, /maxLimits\.maxObjects: /],
    [{ timeouts: { connectMs: 1 } }, /timeouts\.connectMs: /],
    [{ tlsAuthWithCACert: true }, /tlsCACert: is missing.*paste/],
    [[], /jsonData: /],
  ])('%j', (jsonData, message) => {
    const error = refusal(jsonData);
    expect(error.code).toBe('bad-settings');
    expect(error.message).toMatch(message);
  });

  test('and no secret is in them', () => {
    const secureJsonData = { ...KEYS, tlsCACert: `${CERT} the-secret` };
    const error = refusal({ authType: 'keys', endpoint: 'nowhere' }, { secureJsonData });
    expect(error.message).toMatch(/endpoint/);
    expect(JSON.stringify([error.message, error.fields, String(error.cause)])).not.toContain('the-secret');
  });
});

describe('two sources may not', () => {
  test.each([
    [
      'lie in one place',
      [{ location: 's3://logs/a' }, { name: 'b', location: 'arn:aws:s3:::logs/a' }],
      /\[0\]\.location: .*lies inside sources\[1\]/,
    ],
    [
      'lie in each other',
      [{ location: 's3://logs/' }, { location: 's3://logs/a/' }],
      /\[1\]\.location: .*lies inside sources\[0\]/,
    ],
    [
      'have one name',
      [
        { name: 'x', location: 's3://logs/a/' },
        { name: 'x', location: 's3://logs/b/' },
      ],
      /\[0\]\.name: "x" is that of sources\[1\]/,
    ],
    [
      'have the other’s location for a name',
      [{ name: 's3://logs/b/', location: 's3://logs/a/' }, { location: 's3://logs/b/' }],
      /name: "s3:\/\/logs\/b\/" is that of sources\[\d\]/,
    ],
  ])('%s', (_, sources, message) => {
    expect(refusal({ sources }).message).toMatch(message);
  });

  test('but stand side by side', () => {
    const sources = [{ location: 's3://logs/a/' }, { location: 's3://logs/ab/' }, { location: 's3://other/a/' }];
    expect(parse({ sources }).sources).toHaveLength(3);
  });
});

describe('a folder', () => {
  const folderOf = (location: string) => parse({ sources: [{ location }] }, LOCAL).sources[0];

  test('is refused without local_root, and the message names section and key', () => {
    const { message } = refusal({ sources: [{ location: '/data/export' }] });
    expect(message).toMatch(/sources\[0\]\.location: "\/data\/export" is a folder/);
    expect(message).toContain('local_root in [plugin.vpcflow-flowlogs-datasource]');
  });

  test.each([
    ['/data/export', '/data/export', ''],
    ['/data/export/', '/data/export', ''],
    ['demo', '/data/export/demo', ''],
    ['./demo/../other', '/data/export/other', ''],
    ['file:///data/export/demo', '/data/export/demo', ''],
    ['demo/AWSLogs/123456789012', '/data/export/demo', 'AWSLogs/123456789012/'],
    ['AWSLogs', '/data/export', 'AWSLogs/'],
  ])('%s below local_root is %s with the prefix "%s"', (location, root, prefix) => {
    expect(folderOf(location)).toEqual({
      kind: 'directory',
      name: location,
      location,
      anyKey: false,
      root,
      prefix,
      localRoot: '/data/export',
    });
  });

  test.each(['/', '/etc', '/data', '/data/export2', '..', '../export2', 'demo/../../x', 'file:///etc', '~', 'a\0b'])(
    '%j is not below local_root, or a folder of that very name there',
    (location) => {
      if (location === '~') {
        // A shell would make a home folder of it; here it is a name.
        expect(folderOf(location)).toMatchObject({ root: '/data/export/~' });
      } else {
        expect(refusal({ sources: [{ location }] }, LOCAL).message).toMatch(/is not below local_root/);
      }
    },
  );

  test('does not reach above local_root for the layout', () => {
    const more = { environment: { GF_PLUGIN_LOCAL_ROOT: '/data/AWSLogs/123456789012' } };
    const [source] = parse({ sources: [{ location: 'vpcflowlogs' }] }, more).sources;
    expect(source).toMatchObject({ root: '/data/AWSLogs/123456789012/vpcflowlogs', prefix: '' });
  });

  test('takes no role, and local_root has to be absolute', () => {
    expect(refusal({ sources: [{ location: 'a', roleArn: ROLE }] }, LOCAL).message).toMatch(
      /sources\[0\]\.roleArn: means nothing/,
    );
    const more = { environment: { GF_PLUGIN_LOCAL_ROOT: 'export' } };
    expect(refusal({ sources: [{ location: 'a' }] }, more).message).toMatch(/local_root: .*not an absolute path/);
  });
});

test('the administrator bounds the memory for digests', () => {
  const environment = { GF_PLUGIN_MAX_DIGEST_CACHE_BYTES: '1000' };
  expect(parse({}, { environment }).digestCacheBytes).toBe(1000);
  expect(parse({ digestCacheBytes: 10 }, { environment }).digestCacheBytes).toBe(10);
  expect(refusal({}, { environment: { GF_PLUGIN_MAX_DIGEST_CACHE_BYTES: '1 GB' } }).message).toMatch(
    /max_digest_cache_bytes/,
  );
});

test('a query gets what it asks for, up to the maxima', () => {
  const { limits } = parse({ defaultLimits: { maxObjects: 5 }, maxLimits: { maxObjects: 10, maxSec: 30 } });
  expect(boundLimits(undefined, limits)).toEqual({ ...DEFAULT_QUERY_LIMITS, maxObjects: 5, maxSec: 30 });
  expect(boundLimits({ maxObjects: 7, onLimit: 'partial' }, limits)).toMatchObject({
    maxObjects: 7,
    onLimit: 'partial',
  });
  expect(boundLimits({ maxObjects: 1e9, maxSec: Infinity, maxBytes: undefined }, limits)).toMatchObject({
    maxObjects: 10,
    maxSec: 30,
    maxBytes: DEFAULT_QUERY_LIMITS.maxBytes,
  });
});
