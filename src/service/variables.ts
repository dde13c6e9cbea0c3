/**
 * What `vpcflow serve` can be told: environment variables, each of which is a flag of the same name as well. Those of
 * vpcflow-digesterd and vpcflow-grapherd keep their names and meanings.
 */

export interface Variable {
  readonly name: string;
  readonly help: string;
  /** What stands for the value in `--help`; none for a switch. */
  readonly value?: string;
  /** Secrets are read from the environment only: a command line can be seen by others. */
  readonly isSecret?: boolean;
}

export const VARIABLES = [
  { name: 'PORT', value: 'number', help: 'port of the digest API (default: 8080)' },
  {
    name: 'GRAPH_PORT',
    value: 'number',
    help: 'port of the graph API at /; without it graphs are under /v1/graphs only',
  },
  { name: 'VPCFLOW_HOST', value: 'address', help: 'address to listen on (default: 127.0.0.1)' },
  { name: 'VPC_FLOW_LOGS_BUCKET', value: 'name', help: 'bucket of the flow logs, in place of the arguments' },
  { name: 'VPC_FLOW_LOGS_BUCKET_REGION', value: 'region', help: 'its region (default: found by itself)' },
  { name: 'VPC_FLOW_LOGS_BUCKET_ROLE', value: 'arn', help: 'role to assume for reading it' },
  { name: 'VPC_FLOW_LOGS_SCAN_REGIONS', value: 'names', help: 'only these regions, separated by commas' },
  { name: 'VPC_FLOW_LOGS_SCAN_ACCOUNTS', value: 'ids', help: 'only these accounts, separated by commas' },
  { name: 'VPC_MAX_BYTES_PREFETCH', value: 'bytes', help: 'stored bytes read ahead (default: 16777216)' },
  {
    name: 'VPC_MAX_CONCURRENT_PREFETCH',
    value: 'number',
    help: 'objects read at a time (default: 96 small ones or 16 others)',
  },
  { name: 'DIGEST_STORAGE_BUCKET', value: 'name', help: 'bucket for digests (default: the data folder)' },
  { name: 'DIGEST_STORAGE_BUCKET_REGION', value: 'region', help: 'its region' },
  { name: 'DIGEST_STORAGE_BUCKET_ROLE', value: 'arn', help: 'role to assume for it' },
  {
    name: 'DIGEST_PROGRESS_BUCKET',
    value: 'name',
    help: 'bucket for the marks of work under way (default: the data folder)',
  },
  { name: 'DIGEST_PROGRESS_BUCKET_REGION', value: 'region', help: 'its region' },
  { name: 'DIGEST_PROGRESS_BUCKET_ROLE', value: 'arn', help: 'role to assume for it' },
  { name: 'DIGEST_PROGRESS_TIMEOUT', value: 'ms', help: 'a mark that is older is void (default: 60000)' },
  { name: 'GRAPH_STORAGE_BUCKET', value: 'name', help: 'bucket for graphs (default: the data folder)' },
  { name: 'GRAPH_STORAGE_BUCKET_REGION', value: 'region', help: 'its region' },
  { name: 'GRAPH_STORAGE_BUCKET_ROLE', value: 'arn', help: 'role to assume for it' },
  {
    name: 'GRAPH_PROGRESS_BUCKET',
    value: 'name',
    help: 'bucket for the marks of work under way (default: the data folder)',
  },
  { name: 'GRAPH_PROGRESS_BUCKET_REGION', value: 'region', help: 'its region' },
  { name: 'GRAPH_PROGRESS_BUCKET_ROLE', value: 'arn', help: 'role to assume for it' },
  { name: 'GRAPH_PROGRESS_TIMEOUT', value: 'ms', help: 'a mark that is older is void (default: 60000)' },
  {
    name: 'DIGESTER_ENDPOINT',
    value: 'url',
    help: 'a digest API that graphs get digests from (default: this process)',
  },
  { name: 'DIGESTER_POLLING_INTERVAL', value: 'ms', help: 'how often it is asked (default: 1000)' },
  { name: 'DIGESTER_POLLING_TIMEOUT', value: 'ms', help: 'and for how long; -1 for ever (default: 600000)' },
  { name: 'DIGESTER_TOKEN', value: 'token', help: 'bearer token for it', isSecret: true },
  { name: 'STREAM_APPLIANCE_ENDPOINT', value: 'url', help: 'POST jobs there; it brings them to /{topic}/{event}' },
  { name: 'STREAM_APPLIANCE_TOPIC', value: 'name', help: 'accepted for the sake of old configurations; has no effect' },
  { name: 'DIGEST_QUEUE_URL', value: 'url', help: 'SQS queue for digest jobs (default: the data folder)' },
  { name: 'GRAPH_QUEUE_URL', value: 'url', help: 'SQS queue for graph jobs (default: the data folder)' },
  {
    name: 'USE_IAM',
    value: 'true|false',
    help: 'false: keys from the environment or the credentials file only (default: true)',
  },
  { name: 'AWS_CREDENTIALS_FILE', value: 'file', help: 'credentials file' },
  { name: 'AWS_CREDENTIALS_PROFILE', value: 'name', help: 'profile in it' },
  { name: 'AWS_ACCESS_KEY_ID', value: 'key', help: 'AWS access key', isSecret: true },
  { name: 'AWS_SECRET_ACCESS_KEY', value: 'key', help: 'AWS secret key', isSecret: true },
  { name: 'VPCFLOW_ENDPOINT_URL', value: 'url', help: 'an S3-compatible server (default: AWS_ENDPOINT_URL_S3)' },
  { name: 'VPCFLOW_PATH_STYLE', help: 'bucket names in the path, not in the host name' },
  { name: 'VPCFLOW_DATA_DIR', value: 'folder', help: 'what is not in a bucket (default: ./vpcflow-data)' },
  { name: 'VPCFLOW_TOKEN', value: 'token', help: 'bearer token that requests must bring', isSecret: true },
  { name: 'VPCFLOW_TOKEN_FILE', value: 'file', help: 'a file with the bearer token that requests must bring' },
  { name: 'VPCFLOW_ALLOW_ANONYMOUS', help: 'listen beyond loopback without a token or client certificates' },
  { name: 'VPCFLOW_TLS_CERT_FILE', value: 'file', help: 'certificate (PEM): listen with TLS' },
  { name: 'VPCFLOW_TLS_KEY_FILE', value: 'file', help: 'its key (PEM)' },
  {
    name: 'VPCFLOW_TLS_CLIENT_CA_FILE',
    value: 'file',
    help: 'authorities (PEM) that client certificates must come from',
  },
  { name: 'VPCFLOW_MAX_BODY_BYTES', value: 'bytes', help: 'largest body of a request (default: 65536)' },
  { name: 'VPCFLOW_RATE_LIMIT', value: 'number', help: 'requests per minute and client, 0 for any (default: 60000)' },
  { name: 'VPCFLOW_WORKERS', value: 'number', help: 'threads that digest (default: one per processor)' },
  { name: 'VPCFLOW_GRAPH_TOP', value: 'number', help: 'addresses in a graph besides Other (default: 200)' },
  { name: 'VPCFLOW_EVERY', value: 'duration', help: 'make digests by itself, each time this has passed: 1h' },
  { name: 'VPCFLOW_WINDOW', value: 'duration', help: 'of windows this long (default: as --every)' },
  { name: 'VPCFLOW_SETTLE', value: 'duration', help: 'once logs had this time to come (default: 15m)' },
  { name: 'VPCFLOW_CATCH_UP', value: 'duration', help: 'and of windows missed in this time (default: 1d)' },
  { name: 'VPCFLOW_SCHEDULE_GRAPHS', help: 'make graphs of them as well' },
  { name: 'VPCFLOW_PACKS', help: 'store digests of single objects as well, which the Grafana data source starts from' },
  { name: 'VPCFLOW_RETENTION', value: 'duration', help: 'remove what was stored longer ago (default: keep all)' },
  {
    name: 'VPCFLOW_GRACE',
    value: 'duration',
    help: 'when told to stop, a job in hand may take this long (default: 20s)',
  },
  { name: 'VPCFLOW_STATSD', value: 'host:port', help: 'send metrics there as well, with tags (default: nowhere)' },
  { name: 'VPCFLOW_LOG_LEVEL', value: 'level', help: 'debug, info, warn or error (default: info)' },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];

/** The flag of a variable: `PORT` is `--port`, `VPCFLOW_EVERY` is `--every`. */
export function flagOf(name: VariableName): string {
  return `--${name
    .replace(/^VPCFLOW_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}
