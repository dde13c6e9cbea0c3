/** Whether the logs are there, as a table for people and as the one frame that an alert rule takes. */
import { FlowError } from '../errors';
import { DELIVERY_BIN_SEC, type Completeness, type DeliveryRow } from '../flow/delivery';
import { describeExactly } from '../view/describe-size';
import type { FieldConfig, Frame, FrameField } from './frame';

const AGE =
  'From the newest stamp to now. Where no object is in the range: from its start, so at least that long. ' +
  'Logs that arrive as they should are about 5 to 20 minutes old';
const MISSING =
  'Steps of the range, due by now, that no object is stamped with. Told by listings alone: records that AWS lost inside ' +
  'an object (SKIPDATA) are not known here, but are reported with every view that reads';

export interface CompletenessFrameOptions {
  /** What could not be listed. */
  readonly omissions?: readonly string[];
}

/**
 * The frame `completeness`: a row per flow log, and one for each place where there is none though it is expected. Its `meta`
 * is complete: nothing was read, so there are no tallies to be added.
 */
export function buildCompletenessFrame(
  { rows, listedObjects, leftOutObjects }: Completeness,
  { omissions = [] }: CompletenessFrameOptions = {},
): Frame {
  const text = (name: string, valueOf: (row: DeliveryRow) => string | undefined, config: FieldConfig): FrameField => ({
    name,
    type: 'string',
    nullable: true,
    values: rows.map((row) => valueOf(row) ?? null),
    config,
  });
  const number = (
    name: string,
    valueOf: (row: DeliveryRow) => number | undefined,
    config: FieldConfig,
  ): FrameField => ({
    name,
    type: 'float64',
    nullable: true,
    values: rows.map((row) => valueOf(row) ?? null),
    config,
  });
  const warnings = [
    ...omissions,
    ...(leftOutObjects > 0
      ? [
          `in no row: ${describeExactly(leftOutObjects)} objects, for there are too many flow logs; name accounts or regions`,
        ]
      : []),
  ];
  return {
    name: 'completeness',
    meta: {
      preferredVisualisationType: 'table',
      stats: [{ displayName: 'Objects listed', value: listedObjects, unit: 'none', decimals: 0 }],
      ...(warnings.length > 0 ? { notices: [{ severity: 'warning', text: warnings.join('\n') }] } : {}),
    },
    fields: [
      // A value that is filtered for becomes a filter of every query, so only fields of records may be: no flow log's id.
      text('account-id', (row) => row.accountId, { filterable: true }),
      text('region', (row) => row.region, { filterable: true }),
      text('flow log', (row) => row.flowLogId, {}),
      number('objects', (row) => row.objects, { unit: 'none', decimals: 0 }),
      number('bytes', (row) => row.bytes, { unit: 'decbytes', description: 'Stored (compressed) bytes' }),
      {
        name: 'newest',
        type: 'time',
        unit: 's',
        nullable: true,
        values: rows.map(({ newestStampSec }) => (newestStampSec === undefined ? null : Math.floor(newestStampSec))),
        config: {
          description: `The newest stamp: the start of the ${DELIVERY_BIN_SEC / 60} minutes that the newest object is about`,
        },
      },
      number('age', (row) => row.ageSec, { unit: 's', description: AGE }),
      number('written', (row) => row.modifiedAgeSec, {
        unit: 's',
        description: 'From the last writing of an object to now',
      }),
      number('longest gap', (row) => row.longestGapSec, {
        unit: 's',
        description: 'The longest distance of neighbouring stamps in the range',
      }),
      number('step', (row) => row.stepSec, {
        unit: 's',
        description: 'The most common distance of neighbouring stamps',
      }),
      number('missing bins', (row) => row.missingBins, { unit: 'none', decimals: 0, description: MISSING }),
    ],
  };
}

/**
 * The frame `alert`: for each account and region the age of its newest object in seconds, `-` where a name is not known. A
 * place without any object is as old as the range is long (up to now), never absent; so a rule `age > 1800` finds it.
 *
 * Throws `over-limit` if some flow logs were left out, since a rule would take them for healthy.
 */
export function buildCompletenessAlertFrame({ rows, leftOutObjects }: Completeness): Frame {
  if (leftOutObjects > 0) {
    throw new FlowError(
      'over-limit',
      'cannot tell the age of all logs: there are too many flow logs; name accounts or regions',
      { fields: { leftOutObjects } },
    );
  }
  // One flow log may have taken another's place, so the newest one tells. Equal labels would fail the rule.
  const ages = new Map<string, { account: string; region: string; ageSec: number }>();
  for (const { accountId: account = '-', region = '-', ageSec } of rows) {
    const id = `${account} ${region}`;
    ages.set(id, { account, region, ageSec: Math.min(ageSec, ages.get(id)?.ageSec ?? Infinity) });
  }
  const places = [...ages.values()];
  return {
    name: 'alert',
    meta: { type: 'numeric-long', typeVersion: [0, 1] },
    fields: [
      { name: 'account', type: 'string', values: places.map(({ account }) => account) },
      { name: 'region', type: 'string', values: places.map(({ region }) => region) },
      {
        name: 'age',
        type: 'float64',
        values: places.map(({ ageSec }) => ageSec),
        config: { unit: 's', description: AGE },
      },
    ],
  };
}
