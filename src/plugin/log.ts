/**
 * Log lines as Grafana reads them from a backend's standard error: one JSON object per line, `@level`, `@message`, `@module`
 * and `@timestamp`, all else as key and value. Grafana's host is picky: a level or message that is no text ends the whole of
 * Grafana, a time without exactly six decimals or a line over 64 KiB loses its level. So fields are flat, their names cannot
 * collide, and a line has a bound.
 */
import pino from 'pino';
import { FlowError } from '../errors';

/** Facts beside the message. Flat on purpose: settings, headers and requests, which hold secrets, do not fit in. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines have these fields too. */
  with(fields: LogFields): Log;
}

/** Where lines go, each with its newline. */
export interface LogDestination {
  write(line: string): void;
}

/** In JSON a character takes six bytes at most, so that a line keeps below 64 KiB. */
const MAX_LINE_CHARS = 9_000;

/** A log whose lines go to `destination`; `module` says which part of the plugin speaks. */
export function createLog({
  destination,
  module,
  clock = Date.now,
}: {
  readonly destination: LogDestination;
  readonly module: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}): Log {
  const logger = pino(
    {
      // Grafana filters by its own settings.
      level: 'debug',
      base: { '@module': module },
      messageKey: '@message',
      formatters: { level: (label) => ({ '@level': label }) },
      timestamp: () => `,"@timestamp":"${new Date(clock()).toISOString().replace('Z', '000Z')}"`,
    },
    destination,
  );
  return createFieldLog(logger, {});
}

/** Standard error, written at once: nothing is lost when the process ends. */
export function createStderrDestination(): LogDestination {
  const destination = pino.destination({ fd: 2, sync: true });
  // The reader is gone, so is Grafana; whoever watches for that ends the process.
  destination.on('error', () => undefined);
  return { write: (line) => void destination.write(line) };
}

/** An error as fields; the stack only of errors that should not happen. */
export function errorFields(thrown: unknown): LogFields {
  const error = FlowError.from(thrown);
  const origin = error.cause instanceof Error ? error.cause : error;
  return { error: error.message, code: error.code, stack: error.code === 'internal' ? origin.stack : undefined };
}

function createFieldLog(logger: pino.Logger, common: LogFields): Log {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    logger[level](...toBounded(message, { ...common, ...fields }));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => createFieldLog(logger, { ...common, ...fields }),
  };
}

/** Cuts texts so that all of them together keep to the bound, and keeps field names off those of Grafana. */
function toBounded(message: string, fields: LogFields): [fields: Record<string, unknown>, message: string] {
  let leftChars = MAX_LINE_CHARS;
  const take = (text: string): string => {
    const kept = text.length <= leftChars ? text : `${text.slice(0, leftChars)}…`;
    leftChars -= Math.min(text.length, leftChars);
    return kept;
  };
  const boundMessage = take(message);
  const bound: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      bound[isReserved(name) ? `field_${name.replaceAll('@', '')}` : take(name)] =
        typeof value === 'string' ? take(value) : value;
    }
  }
  return [bound, boundMessage];
}

/** Names that mean something to Grafana's host or would be there twice. */
function isReserved(name: string): boolean {
  return name.startsWith('@') || name === 'timestamp';
}
