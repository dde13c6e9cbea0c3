/**
 * The registers that a scanned record fills: one word per key or filter field, one number per 64-bit field. Which field
 * sits where is fixed by the plan; which columns of an object fill them is decided per header (`line-scanner.ts`).
 */
import { fieldOrText } from '../flow/fields';
import type { Field } from '../flow/fields';
import { MISSING } from './digest';
import { COPY_KEYS, judgedFields, namedFields } from './plan';
import type { Plan } from './plan';
import { createIPv6Table, createTextTable, decodePercent, encodeText, hashBytes } from './text-table';
import type { IPv6Table, TextTable } from './text-table';

/** Numbers of the values that `log-status` may have, interned first. */
export const STATUS_OK = 0;
export const STATUS_NODATA = 1;
export const STATUS_SKIPDATA = 2;

export interface Registers {
  /**
   * The keys of the plan in order, then other fields: an integer, the number of a text, or an IPv4 address or the number
   * of an IPv6 address as `families` says. `MISSING` for `-` (for addresses family 0).
   */
  readonly words: Uint32Array;
  /** 0, 4 or 6 for the words that hold addresses. */
  readonly families: Uint8Array;
  /** 64-bit fields; −1 for `-`. */
  readonly numbers: Float64Array;
  readonly ipv6: IPv6Table;
  /** The field of that name, also if the dictionary does not know it. */
  field(name: string): Field;
  /** The field of a word. */
  wordName(slot: number): string;
  /** The word of a field; −1 if the plan does not read it as a word. */
  wordSlot(name: string): number;
  /** The number of a 64-bit field; −1 if the plan does not read it. */
  numberSlot(name: string): number;
  /** Distinct texts and IPv6 addresses so far, and spellings of them. */
  countValues(): number;
  /** The number of a text that is the value of a text field. */
  internText(name: string, text: string): number;
  /** The texts of a text field, or of a 64-bit field that is a key. */
  textTable(name: string): TextTable;
}

/** Registers for all that a plan reads. */
export function createRegisters(plan: Plan): Registers {
  const wordNames: string[] = plan.kind === 'digest' ? plan.keys.map(({ name }) => name) : [];
  const numberNames: string[] = ['start', 'end', 'packets', 'bytes'];
  for (const name of ['log-status', ...namedFields(plan), ...judgedFields(plan)]) {
    const names = fieldOrText(name).type === 'long' ? numberNames : wordNames;
    if (!names.includes(name)) {
      names.push(name);
    }
  }
  const tables = new Map<string, TextTable>();
  const [sender, recorder] = COPY_KEYS.map(({ name }) => name);
  for (const name of wordNames) {
    const { type, encoded } = fieldOrText(name);
    if (name === sender) {
      continue;
    }
    if (type === 'text' || type === 'long') {
      tables.set(name, createTextTable(encoded ? { decode: decodePercent } : {}));
    }
  }
  // Interfaces have one number, whether as a column or as what recorded a copy.
  const interfaces = tables.get('interface-id');
  if (interfaces && tables.has(recorder!)) {
    tables.set(recorder!, interfaces);
  }
  const internText = (name: string, text: string): number => {
    const bytes = encodeText(text);
    return tables.get(name)!.intern(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  };
  for (const status of ['OK', 'NODATA', 'SKIPDATA']) {
    internText('log-status', status);
  }
  const ipv6 = createIPv6Table();
  return {
    words: new Uint32Array(wordNames.length).fill(MISSING),
    families: new Uint8Array(wordNames.length),
    numbers: new Float64Array(numberNames.length).fill(-1),
    ipv6,
    field: fieldOrText,
    wordName: (slot) => wordNames[slot]!,
    wordSlot: (name) => wordNames.indexOf(name),
    numberSlot: (name) => numberNames.indexOf(name),
    countValues: () =>
      [...new Set(tables.values())].reduce((sum, { size }) => sum + size, ipv6.size + ipv6.spellingCount),
    internText,
    textTable(name) {
      const table = tables.get(name);
      if (!table) {
        throw new Error(`BUG: the plan does not read ${name} as text`);
      }
      return table;
    },
  };
}
