import { readSettings, flagsFromOptions, type SettingsInput } from '../../../src/service/settings';
import { flagOf, VARIABLES } from '../../../src/service/variables';

function read(environment: Record<string, string>, rest: Partial<SettingsInput> = {}) {
  return readSettings({ locations: [], flags: {}, environment, ...rest });
}

/** A configuration of vpcflow-digesterd, as its documentation has it. */
const DIGESTERD = {
  PORT: '8081',
  VPC_FLOW_LOGS_BUCKET: 'vpc-flow-logs',
  VPC_FLOW_LOGS_BUCKET_REGION: 'us-west-2',
  VPC_FLOW_LOGS_BUCKET_ROLE: 'arn:aws:iam::123456789012:role/logs',
  VPC_FLOW_LOGS_SCAN_REGIONS: 'us-west-2,us-east-2',
  VPC_FLOW_LOGS_SCAN_ACCOUNTS: '123456789011, 123456789012',
  VPC_MAX_BYTES_PREFETCH: '150000000',
  VPC_MAX_CONCURRENT_PREFETCH: '2',
  DIGEST_STORAGE_BUCKET: 'vpc-flow-digests',
  DIGEST_STORAGE_BUCKET_REGION: 'us-west-2',
  DIGEST_PROGRESS_BUCKET: 'vpc-flow-digests-progress',
  DIGEST_PROGRESS_BUCKET_REGION: 'eu-west-1',
  DIGEST_PROGRESS_TIMEOUT: '100000',
  STREAM_APPLIANCE_ENDPOINT: 'http://bus.example.org',
  STREAM_APPLIANCE_TOPIC: 'digest-queue',
  USE_IAM: 'true',
};

test('the bucket is all that has to be said', () => {
  expect(read({ VPC_FLOW_LOGS_BUCKET: 'logs' })).toMatchObject({
    ...{ host: '127.0.0.1', port: 8080, locations: ['s3://logs'], dataFolder: 'vpcflow-data' },
    ...{ shelves: { digest: { progressTimeoutMs: 60_000 }, graph: { progressTimeoutMs: 60_000 } }, settleMs: 900_000 },
    ...{ schedule: undefined, retentionMs: undefined, token: undefined },
  });
  expect(read({}, { locations: ['/logs'] }).locations).toEqual(['/logs']);
});

test('a configuration of vpcflow-digesterd means what it meant', () => {
  const settings = read(DIGESTERD);
  expect(settings).toMatchObject({
    port: 8081,
    locations: ['s3://vpc-flow-logs'],
    logsS3: { authType: 'default', region: 'us-west-2', assumeRoleArn: 'arn:aws:iam::123456789012:role/logs' },
    regions: ['us-west-2', 'us-east-2'],
    accounts: ['123456789011', '123456789012'],
    prefetchBytes: 150_000_000,
    concurrency: 2,
    shelves: {
      digest: {
        storage: { bucket: 'vpc-flow-digests', s3: { region: 'us-west-2' } },
        progress: { bucket: 'vpc-flow-digests-progress', s3: { region: 'eu-west-1' } },
        progressTimeoutMs: 100_000,
      },
    },
    streamEndpoint: 'http://bus.example.org',
  });
});

test('so does one of vpcflow-grapherd', () => {
  const settings = read({
    VPC_FLOW_LOGS_BUCKET: 'logs',
    GRAPH_STORAGE_BUCKET: 'graphs',
    GRAPH_STORAGE_BUCKET_REGION: 'us-west-2',
    GRAPH_PROGRESS_BUCKET: 'graphs-progress',
    GRAPH_PROGRESS_BUCKET_REGION: 'us-west-2',
    GRAPH_PROGRESS_TIMEOUT: '10000',
    DIGESTER_ENDPOINT: 'http://digesterd:8080',
    DIGESTER_POLLING_INTERVAL: '1000',
    DIGESTER_POLLING_TIMEOUT: '-1',
    USE_IAM: 'false',
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  expect(settings).toMatchObject({
    shelves: {
      graph: { storage: { bucket: 'graphs', s3: { authType: 'keys', accessKey: 'AKIA' } }, progressTimeoutMs: 10_000 },
    },
    digester: { endpoint: 'http://digesterd:8080' },
    polling: { intervalMs: 1000, timeoutMs: Infinity },
  });
});

test('without IAM and keys, the credentials file is read', () => {
  const settings = read({ ...DIGESTERD, USE_IAM: 'false', AWS_CREDENTIALS_FILE: '/c', AWS_CREDENTIALS_PROFILE: 'p' });
  expect(settings).toMatchObject({ logsS3: { authType: 'credentials', profile: 'p' }, credentialsFile: '/c' });
});

test('a flag goes before its variable', () => {
  const flags = flagsFromOptions({ port: '9000', digestStorageBucket: 'b', every: '1h', pathStyle: true });
  expect(read({ ...DIGESTERD, VPCFLOW_EVERY: '2h' }, { flags })).toMatchObject({
    port: 9000,
    shelves: { digest: { storage: { bucket: 'b', s3: { forcePathStyle: true } } } },
    schedule: { everyMs: 3_600_000, windowMs: 3_600_000, catchUpMs: 86_400_000, withGraphs: false },
  });
});

test('no two variables share a flag, and secrets have a way besides the command line', () => {
  expect(new Set(VARIABLES.map(({ name }) => flagOf(name))).size).toBe(VARIABLES.length);
});

test('everything wrong or missing is named at once', () => {
  let message = '';
  try {
    read({
      PORT: 'eighty',
      VPC_FLOW_LOGS_SCAN_ACCOUNTS: '12345',
      DIGEST_PROGRESS_TIMEOUT: '-5',
      DIGESTER_ENDPOINT: 'digesterd:8080',
      USE_IAM: 'perhaps',
      VPCFLOW_EVERY: '1 hour',
      VPCFLOW_HOST: '0.0.0.0',
      VPCFLOW_TLS_CERT_FILE: '/not/there',
      VPCFLOW_LOG_LEVEL: 'loud',
    });
  } catch (thrown) {
    message = (thrown as Error).message;
  }
  for (const name of [
    ...['VPC_FLOW_LOGS_BUCKET is missing', 'PORT is "eighty"', 'VPC_FLOW_LOGS_SCAN_ACCOUNTS is "12345"'],
    ...['DIGEST_PROGRESS_TIMEOUT is "-5"', 'DIGESTER_ENDPOINT is "digesterd:8080"', 'USE_IAM is "perhaps"'],
    ...['VPCFLOW_EVERY: ', 'VPCFLOW_TOKEN is missing', 'VPCFLOW_TLS_CERT_FILE: ', 'VPCFLOW_TLS_KEY_FILE is missing'],
    ...['VPCFLOW_LOG_LEVEL is "loud"'],
  ]) {
    expect(message).toContain(name);
  }
});

test.each([
  [{ VPCFLOW_HOST: '0.0.0.0', VPCFLOW_TOKEN: 'sesame' }],
  [{ VPCFLOW_HOST: '::', VPCFLOW_ALLOW_ANONYMOUS: 'true' }],
  [{ VPCFLOW_HOST: '::1' }],
  [{ VPCFLOW_HOST: 'localhost' }],
])('%j is closed enough', (environment) => {
  expect(() => read({ ...DIGESTERD, ...environment } as Record<string, string>)).not.toThrow();
});

test('a backfill needs two times and a length', () => {
  const backfill = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
  expect(read({ ...DIGESTERD, VPCFLOW_WINDOW: '1h' }, { backfill }).backfill).toMatchObject({ windowMs: 3_600_000 });
  expect(() => read(DIGESTERD, { backfill })).toThrow('--window 1h');
  expect(() => read(DIGESTERD, { backfill: backfill.slice(1) })).toThrow('two times');
});
