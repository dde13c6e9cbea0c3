/**
 * What looking for flow logs found, in the formats of the command `discover`.
 */
import { describeAge } from '../view/describe-age';
import type { DeliveryCheck, DiscoveredFlowLog, Discovery } from '../query/discovery';
import { printAligned, printCsvRows, type Cell, type Output } from './print-rows';
import type { Options } from './options';

/** The first is the default. */
export const DISCOVERY_FORMATS = ['text', 'json', 'csv'] as const;
export type DiscoveryFormat = (typeof DISCOVERY_FORMATS)[number];

const TEXT_NAMES = [
  'region',
  'flow-log',
  'name',
  'resource',
  'traffic',
  'destination',
  'format',
  'interval',
  'status',
  'delivery',
];
const CSV_NAMES = [
  'account',
  'region',
  'flow-log',
  'name',
  'resource-type',
  'resource',
  'traffic',
  'destination-type',
  'destination',
  'file-format',
  'hive',
  'hourly',
  'fields',
  'interval',
  'created',
  'status',
  'delivery-status',
  'delivery-error',
  'delivery',
  'newest',
  'age',
  'missing-action',
];
/** Of the options, those that reading needs as well. */
const REPEATED_OPTIONS = {
  profile: '--profile',
  roleArn: '--role-arn',
  externalId: '--external-id',
  endpointUrl: '--endpoint-url',
  stsEndpointUrl: '--sts-endpoint-url',
  logsEndpointUrl: '--logs-endpoint-url',
  caBundle: '--ca-bundle',
  proxy: '--proxy',
} as const;
const REPEATED_FLAGS = { pathStyle: '--path-style', requesterPays: '--requester-pays' } as const;

/** A row per flow log; as text also the commands that read what was found. `json` has everything. */
export async function* printDiscovery(discovery: Discovery, format: DiscoveryFormat, options: Options): Output {
  const { flowLogs, sources } = discovery;
  switch (format) {
    case 'json':
      yield JSON.stringify(discovery, null, 2) + '\n';
      return;
    case 'csv':
      yield* printCsvRows(CSV_NAMES, [flowLogs.map(toCells)]);
      return;
    default: {
      if (flowLogs.length > 0) {
        yield printAligned(TEXT_NAMES, flowLogs.map(toTexts), new Set(['interval']));
      }
      const again = repeatOptions(options);
      for (const [index, { location }] of sources.entries()) {
        yield `${index === 0 ? '\nTo read them:\n' : ''}  vpcflow table ${quote(location)}${again} --from now-1h\n`;
      }
    }
  }
}

/** How many there are, unless `isQuiet`; and always what could not be looked at. */
export function* printDiscoveryNotes(
  { accountId, regions, flowLogs, problems }: Discovery,
  isQuiet: boolean,
): Iterable<string> {
  if (!isQuiet) {
    const where = regions.length === 1 ? regions[0]! : `${regions.length} regions`;
    const found = flowLogs.length === 0 ? 'no flow logs' : plural(flowLogs.length, 'flow log');
    yield `${found} in ${where}${accountId === undefined ? '' : ` of account ${accountId}`}\n`;
  }
  for (const { message } of problems) {
    yield `${message}\n`;
  }
  // Several flow logs of one destination mostly fail alike.
  const failed = flowLogs.filter(({ check }) => check.state === 'denied' || check.state === 'failed');
  for (const message of new Set(failed.map(({ check }) => check.message))) {
    yield `${message}\n`;
  }
}

function toTexts(flowLog: DiscoveredFlowLog): string[] {
  const { region, id, name = '-', resourceId, trafficType = '-', destination, intervalSec, check } = flowLog;
  return [
    region,
    id,
    name,
    resourceId,
    trafficType,
    destination.location ?? destination.arn ?? destination.type,
    describeFormat(flowLog),
    intervalSec % 60 === 0 ? `${intervalSec / 60}m` : `${intervalSec}s`,
    describeStatus(flowLog),
    describeDelivery(check),
  ];
}

function toCells(flowLog: DiscoveredFlowLog): Cell[] {
  const { destination, fileFormat, isHive, isHourly, columns, intervalSec, createdMs, check } = flowLog;
  const isInS3 = destination.type === 's3';
  return [
    flowLog.accountId ?? null,
    flowLog.region,
    flowLog.id,
    flowLog.name ?? null,
    flowLog.resourceType,
    flowLog.resourceId,
    flowLog.trafficType ?? null,
    destination.type,
    destination.location ?? destination.arn ?? null,
    fileFormat ?? null,
    isInS3 ? String(isHive) : null,
    isInS3 ? String(isHourly) : null,
    columns.join(' '),
    intervalSec,
    createdMs === undefined ? null : timeText(createdMs),
    flowLog.status ?? null,
    flowLog.deliveryStatus ?? null,
    flowLog.deliveryError ?? null,
    check.state,
    check.newestMs === undefined ? null : timeText(check.newestMs),
    check.ageSec ?? null,
    check.missingAction ?? null,
  ];
}

function describeFormat({ columns, fileFormat, isHive, isHourly }: DiscoveredFlowLog): string {
  return [
    plural(columns.length, 'field'),
    ...(fileFormat === 'parquet' ? ['parquet'] : []),
    ...(isHive ? ['hive'] : []),
    ...(isHourly ? ['hourly'] : []),
  ].join(', ');
}

/** As AWS says it. */
function describeStatus({ status = 'ACTIVE', deliveryStatus = '-', deliveryError }: DiscoveredFlowLog): string {
  const delivery = deliveryError === undefined ? deliveryStatus : `${deliveryStatus}: ${deliveryError}`;
  return status === 'ACTIVE' ? delivery : `${status}, ${delivery}`;
}

/** As it was seen. */
function describeDelivery({ state, ageSec, missingAction }: DeliveryCheck): string {
  if (ageSec !== undefined) {
    return `${state}, ${describeAge(ageSec)} ago`;
  }
  return missingAction === undefined ? state : `${state}: ${missingAction}`;
}

function repeatOptions(options: Options): string {
  const valued = Object.entries(REPEATED_OPTIONS).flatMap(([name, flag]) => {
    const value = options[name];
    return typeof value === 'string' ? [` ${flag} ${quote(value)}`] : [];
  });
  const flags = Object.entries(REPEATED_FLAGS).flatMap(([name, flag]) => (options[name] === true ? [` ${flag}`] : []));
  return [...valued, ...flags].join('');
}

/** One word to a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
