/**
 * Compiles a filter into a test on the registers that a scanned record fills. Tests on text and on IPv6 are decided once
 * per distinct value and remembered by its number, so that globs and long lists cost nothing per record.
 */
import type { FilterNode, FilterTest } from '../query/filter';
import { MISSING } from './digest';
import { acceptedIPv4, acceptedIPv6, acceptedNumbers, acceptedTexts, acceptsMissing, sidesOf } from './filter-values';
import type { NumberRange } from './filter-values';
import type { Registers } from './registers';

/** True if the record in the registers passes. */
export type Predicate = () => boolean;

/** The predicate of a filter over these registers; it must be asked after each record is parsed and before it is folded. */
export function compileFilter(node: FilterNode, registers: Registers): Predicate {
  switch (node.type) {
    case 'and': {
      const terms = node.terms.map((term) => compileFilter(term, registers));
      return () => terms.every((term) => term());
    }
    case 'or': {
      const terms = node.terms.map((term) => compileFilter(term, registers));
      return () => terms.some((term) => term());
    }
    case 'not': {
      const term = compileFilter(node.term, registers);
      return () => !term();
    }
    case 'test': {
      const { positive, fields, isOpposite } = sidesOf(node);
      const [first, second] = fields.map((field) => compileTest(positive, field, registers));
      const holds: Predicate = second ? () => first!() || second() : first!;
      return isOpposite ? () => !holds() : holds;
    }
  }
}

function compileTest(test: FilterTest, field: string, registers: Registers): Predicate {
  const { words, families, numbers, ipv6 } = registers;
  const missing = acceptsMissing(test);
  switch (registers.field(field).type) {
    case 'integer': {
      const slot = registers.wordSlot(field);
      const accepts = inRanges(acceptedNumbers(test));
      return () => (words[slot] === MISSING ? missing : accepts(words[slot]!));
    }
    case 'long': {
      const slot = registers.numberSlot(field);
      const accepts = inRanges(acceptedNumbers(test));
      return () => (numbers[slot]! < 0 ? missing : accepts(numbers[slot]!));
    }
    case 'address': {
      const slot = registers.wordSlot(field);
      const acceptsV4 = inRanges(acceptedIPv4(test));
      const acceptsBytes = acceptedIPv6(test);
      const acceptsV6 = rememberById((id) => acceptsBytes(ipv6.bytes(id)));
      return () => {
        const family = families[slot];
        return family === 4 ? acceptsV4(words[slot]!) : family === 6 ? acceptsV6(words[slot]!) : missing;
      };
    }
    case 'text': {
      const slot = registers.wordSlot(field);
      const table = registers.textTable(field);
      const accepts = acceptedTexts(test);
      const acceptsId = rememberById((id) => accepts(table.text(id)));
      return () => (words[slot] === MISSING ? missing : acceptsId(words[slot]!));
    }
  }
}

function inRanges(ranges: readonly NumberRange[]): (value: number) => boolean {
  if (ranges.length === 1) {
    const { from, to } = ranges[0]!;
    return (value) => value >= from && value <= to;
  }
  return (value) => ranges.some(({ from, to }) => value >= from && value <= to);
}

/** Asks `decide` once per number. */
function rememberById(decide: (id: number) => boolean): (id: number) => boolean {
  let answers = new Uint8Array(64);
  return (id) => {
    if (id >= answers.length) {
      const larger = new Uint8Array(Math.max(id + 1, answers.length * 2));
      larger.set(answers);
      answers = larger;
    }
    if (answers[id] === 0) {
      answers[id] = decide(id) ? 1 : 2;
    }
    return answers[id] === 1;
  };
}
