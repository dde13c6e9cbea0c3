/**
 * The answer of the command `completeness` in its formats.
 */
import type { DeliveryRow } from '../flow/delivery';
import type { CompletenessResult } from '../scan/measure-completeness';
import { describeBytes, describeExactly } from '../view/describe-size';
import type { Format } from './print-answer';
import { printAligned, printCsvRows } from './print-rows';
import type { Cell, Output } from './print-rows';

const NAMES = [
  'account',
  'region',
  'flow-log',
  'objects',
  'bytes',
  'oldest',
  'newest',
  'age',
  'written',
  'longest-gap',
  'step',
  'missing-bins',
];

/** A row per flow log; ages and distances in seconds in `csv` and `json`, absent values empty there. */
export async function* printCompleteness(
  { completeness, selection, problems }: CompletenessResult,
  format: Format,
): Output {
  const { rows, leftOutObjects } = completeness;
  switch (format) {
    case 'json':
      yield JSON.stringify({ ...completeness, selection, problems }, null, 2) + '\n';
      return;
    case 'csv':
      yield* printCsvRows(NAMES, [rows.map(toCells)]);
      return;
    default: {
      const texts = rows.map((row) => toCells(row).map((cell, index) => describeCell(NAMES[index]!, cell)));
      yield printAligned(NAMES, texts, new Set(NAMES.slice(3)));
      if (leftOutObjects > 0) {
        yield `in no row: ${describeExactly(leftOutObjects)} objects of more flow logs; name accounts or regions\n`;
      }
    }
  }
}

function toCells(row: DeliveryRow): Cell[] {
  const { oldestStampSec, newestStampSec, modifiedAgeSec, longestGapSec } = row;
  return [
    row.accountId ?? null,
    row.region ?? null,
    row.flowLogId ?? null,
    row.objects,
    row.bytes,
    oldestStampSec === undefined ? null : timeText(oldestStampSec),
    newestStampSec === undefined ? null : timeText(newestStampSec),
    Math.round(row.ageSec),
    modifiedAgeSec === undefined ? null : Math.round(modifiedAgeSec),
    longestGapSec ?? null,
    row.stepSec,
    row.missingBins,
  ];
}

function describeCell(name: string, cell: Cell): string {
  if (cell === null) {
    return '-';
  }
  switch (name) {
    case 'bytes':
      return describeBytes(Number(cell));
    case 'objects':
    case 'missing-bins':
      return describeExactly(Number(cell));
    case 'age':
    case 'written':
    case 'longest-gap':
    case 'step':
      return describeLength(Number(cell));
    default:
      return String(cell);
  }
}

/** `45s`, `12m`, `3h05m`, `2d04h`. */
function describeLength(sec: number): string {
  const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (sec < 60) {
    return `${sec}s`;
  }
  const minutes = sec / 60;
  if (minutes < 60) {
    return `${Math.floor(minutes)}m`;
  }
  const hours = minutes / 60;
  return hours < 48 ? `${Math.floor(hours)}h${pad(minutes % 60)}m` : `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

function timeText(sec: number): string {
  return new Date(Math.floor(sec) * 1000).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
}
