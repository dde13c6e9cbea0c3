/**
 * The parameters of a resource call, from its URL and from the JSON body of a POST. Only reading is here: what a value
 * means is said by who asks for it.
 */
import { FlowError } from '../../errors';
import { findNearestName, suggestionText } from '../../query/nearest-name';

/** Parameters by name. One that is there but empty (a dashboard variable without a value) is as if it were not there. */
export interface ResourceParameters {
  /** Those that are there, empty ones too. */
  names(): readonly string[];
  /** A single value. `bad-query` if there are several. */
  text(name: string): string | undefined;
  /** All values, in order. */
  texts(name: string): readonly string[];
  /** All values, those with commas split. */
  list(name: string): readonly string[];
  /** A whole number from 1 to `max`; `bad-query` for anything else. */
  count(name: string, limits: { readonly max: number; readonly absent: number }): number;
  /** `1` or `true`, `0` or `false`; false if absent. */
  flag(name: string): boolean;
  /** The object that is given as JSON text, or in a body as it is; empty if absent. */
  object(name: string): Readonly<Record<string, unknown>>;
}

export interface ParametersInput {
  /** With `?` and the query string if there is one. */
  readonly url: string;
  /** JSON text of an object, or empty. */
  readonly body?: Uint8Array;
}

/** Longer bodies are refused. */
const MAX_BODY_BYTES = 2 ** 20;

/** What Grafana and browsers add to URLs by themselves. */
const IGNORED: ReadonlySet<string> = new Set(['_', 'orgId', 'timezone', 'refresh']);

/**
 * Reads them; those of the body replace those of the URL. Throws `bad-query`, also for a name that is not `known`; a known
 * one that ends with `*` stands for all that begin so.
 */
export function readParameters({ url, body }: ParametersInput, known: readonly string[]): ResourceParameters {
  const values = new Map<string, readonly unknown[]>();
  const at = url.indexOf('?');
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : url.slice(at + 1))) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  for (const [name, value] of Object.entries(parseBody(body))) {
    values.set(name, Array.isArray(value) ? value : [value]);
  }
  for (const name of values.keys()) {
    if (IGNORED.has(name)) {
      continue;
    }
    if (!known.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one))) {
      const there = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
      const suggestion = suggestionText(findNearestName(name, known));
      throw parameterError(name, `it is unknown; ${there}${suggestion}`);
    }
  }

  const texts = (name: string): readonly string[] =>
    (values.get(name) ?? []).flatMap((value) => {
      if (value === null || value === undefined || value === '') {
        return [];
      }
      if (typeof value === 'object') {
        throw parameterError(name, 'it must be text, a number or a list of these');
      }
      return [String(value)];
    });
  const text = (name: string): string | undefined => {
    const all = texts(name);
    if (all.length > 1) {
      throw parameterError(name, `it is given ${all.length} times`);
    }
    return all[0];
  };
  return {
    names: () => [...values.keys()],
    text,
    texts,
    list: (name) => texts(name).flatMap((value) => splitAtCommas(value)),
    count(name, { max, absent }) {
      const value = text(name);
      const number = Number(value ?? absent);
      if (value !== undefined && !(/^\d{1,15}$/.test(value) && number >= 1 && number <= max)) {
        throw parameterError(name, `it must be a whole number from 1 to ${max}, found ${quoteShort(value)}`);
      }
      return number;
    },
    flag(name) {
      const value = text(name);
      if (value !== undefined && !['0', '1', 'false', 'true'].includes(value)) {
        throw parameterError(name, `it must be 1 or 0, found ${quoteShort(value)}`);
      }
      return value === '1' || value === 'true';
    },
    object(name) {
      const all = values.get(name) ?? [];
      if (all.length > 1) {
        throw parameterError(name, 'it is given more than once, or as a list');
      }
      const [value] = all;
      if (value === undefined || value === null || value === '') {
        return {};
      }
      const object = typeof value === 'string' ? parseJson(value, name) : value;
      if (!isRecord(object)) {
        throw parameterError(name, 'it must be a JSON object');
      }
      return object;
    },
  };
}

/** The parts between commas, without empty ones and outer blanks. */
export function splitAtCommas(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A `bad-query` error about a parameter. */
export function parameterError(name: string, why: string): FlowError {
  return new FlowError('bad-query', `cannot read parameter ${quoteShort(name)}: ${why}`, {
    fields: { parameter: name.slice(0, 100) },
  });
}

function parseBody(body: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  if (body === undefined || body.length === 0) {
    return {};
  }
  if (body.length > MAX_BODY_BYTES) {
    throw new FlowError(
      'over-limit',
      `cannot read a body of ${body.length} bytes: at most ${MAX_BODY_BYTES} are taken`,
    );
  }
  const value = parseJson(Buffer.from(body).toString('utf8'), 'body');
  if (!isRecord(value)) {
    throw parameterError('body', 'it must be a JSON object of parameters');
  }
  return value;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw parameterError(name, `it is no JSON (${thrown instanceof Error ? thrown.message : 'unreadable'})`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoteShort(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
