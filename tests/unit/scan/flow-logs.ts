/** Small flow logs for the scan's and the command's tests: their keys, their text and the queries over them. */
import { gzipSync } from 'node:zlib';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import { formatObjectKey, type FlowLogKey } from '../../../src/flow/object-key';
import type { ScanQuery, Limits } from '../../../src/query/model';
import { normaliseScanQuery } from '../../../src/query/normalise';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';
export const NOW_MS = Date.parse('2026-01-15T12:00:00Z');

/** The key of an object; what is not said is the default layout of one account, region and flow log. */
export function logKey(time: string, parts: Partial<FlowLogKey> = {}): string {
  return formatObjectKey({
    prefix: '',
    accountId: ACCOUNT,
    region: REGION,
    flowLogId: 'fl-0123456789abcdef0',
    stampSec: Date.parse(time) / 1000,
    hash: '0a1b2c3d',
    format: 'text',
    extension: '.log.gz',
    layout: { hive: false, hourly: false },
    ...parts,
  });
}

/** What a record says besides the defaults. */
export interface RecordParts {
  readonly eni?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly srcport?: number;
  readonly dstport?: number;
  readonly bytes?: number;
  readonly packets?: number;
  readonly start?: number;
  readonly action?: 'ACCEPT' | 'REJECT';
}

/** A record of the default format, without a line end. */
export function recordLine({
  eni = 'eni-0a',
  src = '10.0.0.1',
  dst = '10.0.0.2',
  srcport = 50_000,
  dstport = 443,
  bytes = 100,
  packets = 1,
  start = Date.parse('2026-01-15T10:00:00Z') / 1000,
  action = 'ACCEPT',
}: RecordParts = {}): string {
  return `2 ${ACCOUNT} ${eni} ${src} ${dst} ${srcport} ${dstport} 6 ${packets} ${bytes} ${start} ${start + 59} ${action} OK`;
}

/** The header line and lines. */
export function logText(lines: readonly string[]): string {
  return [DEFAULT_FORMAT.join(' '), ...lines, ''].join('\n');
}

/** The stored form of records. */
export function logBytes(...records: readonly RecordParts[]): Uint8Array {
  return gzipSync(logText(records.map(recordLine)));
}

/** A complete query. */
export function makeQuery(input: Readonly<Record<string, unknown>> = {}, limits: Partial<Limits> = {}): ScanQuery {
  return normaliseScanQuery({ view: 'digest', ...input, limits }, { nowMs: NOW_MS });
}

/** The range of two times. */
export function rangeOf(from: string, to: string): { from: string; to: string } {
  return { from, to };
}
