/**
 * Compiles a filter into a test on the registers that a scanned record fills. Tests on text and on IPv6 are decided once
 * per distinct value and remembered by its number, so that globs and long lists cost nothing per record.
 */
import { compareBytes, parseAddress, wordFromIPv4 } from '../flow/address';
import { EITHER_SIDE } from '../query/filter';
import type { FilterNode, FilterTest, FilterValue } from '../query/filter';
import { MISSING } from './digest';
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
      // `!=` is the opposite of `=` as a whole: with either-side names, neither side may be equal.
      const positive: FilterTest = node.op === '!=' ? { ...node, op: '=' } : node;
      const [first, second] = (EITHER_SIDE[node.field] ?? [node.field]).map((field) =>
        compileTest(positive, field, registers),
      );
      const holds: Predicate = second ? () => first!() || second() : first!;
      return node.op === '!=' ? () => !holds() : holds;
    }
  }
}

function compileTest(test: FilterTest, field: string, registers: Registers): Predicate {
  const { type } = registers.field(field);
  switch (type) {
    case 'integer': {
      const { words } = registers;
      const slot = registers.wordSlot(field);
      const accepts = compileNumbers(test);
      return () => accepts(words[slot] === MISSING ? -1 : words[slot]!);
    }
    case 'long': {
      const { numbers } = registers;
      const slot = registers.numberSlot(field);
      const accepts = compileNumbers(test);
      return () => accepts(numbers[slot]!);
    }
    case 'address':
      return compileAddresses(test, field, registers);
    case 'text':
      return compileTexts(test, field, registers);
  }
}

/** A test of a number; −1 stands for a missing one. */
function compileNumbers({ op, values }: FilterTest): (value: number) => boolean {
  const acceptsMissing = values.some(({ type }) => type === 'missing');
  const ranges = values.flatMap((value) => (value.type === 'number' ? [value] : []));
  const bound = ranges[0]?.from ?? 0;
  switch (op) {
    case '<':
      return (value) => value >= 0 && value < bound;
    case '<=':
      return (value) => value >= 0 && value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= 0 && value >= bound;
    default:
      if (ranges.length === 1 && !acceptsMissing) {
        const { from, to } = ranges[0]!;
        return (value) => value >= from && value <= to;
      }
      return (value) => (value < 0 ? acceptsMissing : ranges.some(({ from, to }) => value >= from && value <= to));
  }
}

function compileAddresses({ values }: FilterTest, field: string, registers: Registers): Predicate {
  const { words, families, ipv6 } = registers;
  const slot = registers.wordSlot(field);
  const acceptsMissing = values.some(({ type }) => type === 'missing');
  const ranges = values.flatMap(addressRange);
  const v4 = ranges.filter(({ family }) => family === 4);
  const firsts = Float64Array.from(v4, ({ first }) => wordFromIPv4(first));
  const lasts = Float64Array.from(v4, ({ last }) => wordFromIPv4(last));
  const acceptsV6 = rememberById((id) => {
    const bytes = ipv6.bytes(id);
    return ranges.some(
      ({ family, first, last }) => family === 6 && compareBytes(first, bytes) <= 0 && compareBytes(bytes, last) <= 0,
    );
  });
  return () => {
    const word = words[slot]!;
    switch (families[slot]) {
      case 4:
        for (let i = 0; i < firsts.length; i++) {
          if (word >= firsts[i]! && word <= lasts[i]!) {
            return true;
          }
        }
        return false;
      case 6:
        return acceptsV6(word);
      default:
        return acceptsMissing;
    }
  };
}

function addressRange(value: FilterValue): { family: 4 | 6; first: Uint8Array; last: Uint8Array }[] {
  if (value.type !== 'address') {
    return [];
  }
  const first = parseAddress(value.first);
  const last = parseAddress(value.last);
  if (!first || !last || first.family !== last.family) {
    throw new Error(`BUG: ${value.first}-${value.last} is no address range`);
  }
  return [{ family: first.family, first: first.bytes, last: last.bytes }];
}

function compileTexts({ op, values }: FilterTest, field: string, registers: Registers): Predicate {
  const { words } = registers;
  const slot = registers.wordSlot(field);
  const table = registers.textTable(field);
  const acceptsMissing = values.some(({ type }) => type === 'missing');
  const texts = values.flatMap((value) => (value.type === 'text' ? [value.text] : []));
  const accepts = op === '~' ? matchGlob(texts[0] ?? '') : (text: string) => texts.includes(text);
  const acceptsId = rememberById((id) => accepts(table.text(id)));
  return () => {
    const id = words[slot]!;
    return id === MISSING ? acceptsMissing : acceptsId(id);
  };
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

/**
 * A matcher of whole texts, with `*` for any run and `?` for one character. Greedy with one point to fall back to, so
 * that its time is at most the product of both lengths whatever the pattern.
 */
export function matchGlob(pattern: string): (text: string) => boolean {
  return (text) => {
    let p = 0;
    let t = 0;
    let star = -1;
    let resume = 0;
    while (t < text.length) {
      if (pattern[p] === '*') {
        star = p++;
        resume = t;
      } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (pattern[p] === '*') {
      p++;
    }
    return p === pattern.length;
  };
}
