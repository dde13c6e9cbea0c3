/** Figures that the pages must show, from the command on the same logs. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './environment';
import type { Estate } from './estate';

const OS: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows' };
const ARCH: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64' };
const SUFFIX = process.platform === 'win32' ? '.exe' : '';
const BUILT = `gpx_vpcflow_${OS[process.platform] ?? process.platform}_${ARCH[process.arch] ?? process.arch}${SUFFIX}`;

/** A row of `table`: texts of its keys, numbers of its measures. */
export type CommandRow = Readonly<Record<string, string | number>>;

/** An answer of `table`. */
export interface CommandTable {
  readonly groupCount: number;
  readonly totals: { readonly bytes: number; readonly packets: number; readonly flows: number };
  readonly tallies: { readonly objects: number; readonly storedBytes: number };
  readonly rows: readonly CommandRow[];
}

/** An answer of `completeness`; `ageSec` is that of now. */
export interface CommandCompleteness {
  readonly rows: readonly { readonly flowLogId: string; readonly objects: number; readonly missingBins: number }[];
}

/** Asks over the whole range of the logs. Throws if the command fails. */
export function askCommand<T>(estate: Estate, command: string, options: readonly string[] = []): T {
  return JSON.parse(askText(estate, command, [...options, '--format', 'json'])) as T;
}

/** The same, as the command prints it. */
export function askText({ logs, fromMs, toMs }: Estate, command: string, options: readonly string[] = []): string {
  const built = join(ROOT, 'dist', BUILT);
  const [file, first] = existsSync(built) ? [built, []] : [process.execPath, [join(ROOT, 'bin/vpcflow')]];
  const range = ['--from', rfc3339(fromMs), '--to', rfc3339(toMs), '--quiet'];
  return execFileSync(file, [...first, command, logs, ...range, ...options], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** The largest groups. */
export function askTable(estate: Estate, options: readonly string[]): CommandTable {
  return askCommand<CommandTable>(estate, 'table', options);
}

function rfc3339(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
