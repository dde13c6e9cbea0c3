/** What contestants are asked: a key and a filter, in this project's words and as a test of one record. */
import { REFERENCE_KEYS } from '../src/query/model';

/** A record of the default format by field name, as logged. */
export type Cells = Readonly<Record<string, string>>;

export interface Question {
  /** Another one when something below changes: right answers are kept by it. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Of the same meaning as `accepts`. */
  readonly filter?: string;
  readonly accepts?: (cells: Cells) => boolean;
}

/** The digest of the reference implementation, which all contestants can make. */
export const DEFAULT_QUESTION: Question = { name: 'default', keys: REFERENCE_KEYS };

/** Of five fields, and most records pass: what does not pass costs less than what does. */
export const FILTER_QUESTION: Question = {
  name: 'filter-1',
  keys: REFERENCE_KEYS,
  filter: 'action = ACCEPT and protocol in (6, 17) and bytes > 100 and packets < 75 and dstport != 22',
  accepts: ({ action, protocol, bytes, packets, dstport }) =>
    action === 'ACCEPT' &&
    (protocol === '6' || protocol === '17') &&
    Number(bytes) > 100 &&
    Number(packets) < 75 &&
    dstport !== '22',
};

/** Who talks to whom: no less groups than by the default key. */
export const KEY_QUESTION: Question = { name: 'key-1', keys: ['srcaddr', 'dstaddr', 'protocol', 'action'] };
