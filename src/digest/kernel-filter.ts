/**
 * Compiles a filter into the graph of tests that the kernel walks (`kernel/filter.ts`): plain numbers, and for tests of
 * texts and IPv6 addresses functions that the kernel asks once per distinct value.
 */
import type { FilterNode, FilterTest } from '../query/filter';
import { acceptedIPv4, acceptedIPv6, acceptedNumbers, acceptedTexts, acceptsMissing, sidesOf } from './filter-values';
import type { NumberRange } from './filter-values';
import type { Registers } from './registers';

/** Ends of the graph, where a test's number would stand. */
export const REJECT = 0xffffffff;
export const ACCEPT = 0xfffffffe;

/** One test; where it goes on is another one's number, `ACCEPT` or `REJECT`. */
export interface KernelTest {
  readonly kind: 'word' | 'number' | 'address' | 'text';
  /** The word's slot, for `number` the number's. */
  readonly slot: number;
  /** Numbers, or IPv4 addresses as numbers. */
  readonly ranges: readonly NumberRange[];
  readonly onTrue: number;
  readonly onFalse: number;
  /** Whether it holds for a missing value. */
  readonly missing: boolean;
  /** Whether it holds for the text or IPv6 address of this number. */
  readonly decide?: (id: number) => boolean;
}

export interface KernelFilter {
  readonly tests: readonly KernelTest[];
  /** Where to begin. */
  readonly entry: number;
}

/** The graph of a filter over these registers. */
export function compileKernelFilter(filter: FilterNode, registers: Registers): KernelFilter {
  const tests: KernelTest[] = [];
  const add = (test: KernelTest): number => tests.push(test) - 1;

  /** The entry of a node that goes on at `onTrue` or `onFalse`. */
  function compile(node: FilterNode, onTrue: number, onFalse: number): number {
    switch (node.type) {
      case 'and':
        return node.terms.reduceRight((next, term) => compile(term, next, onFalse), onTrue);
      case 'or':
        return node.terms.reduceRight((next, term) => compile(term, onTrue, next), onFalse);
      case 'not':
        return compile(node.term, onFalse, onTrue);
      case 'test': {
        const { positive, fields, isOpposite } = sidesOf(node);
        const [yes, no] = isOpposite ? [onFalse, onTrue] : [onTrue, onFalse];
        return fields.reduceRight((next, field) => add({ ...testOf(positive, field), onTrue: yes, onFalse: next }), no);
      }
    }
  }

  function testOf(test: FilterTest, field: string): Omit<KernelTest, 'onTrue' | 'onFalse'> {
    const missing = acceptsMissing(test);
    const slot = registers.wordSlot(field);
    switch (registers.field(field).type) {
      case 'integer':
        return { kind: 'word', slot, ranges: acceptedNumbers(test), missing };
      case 'long':
        return { kind: 'number', slot: registers.numberSlot(field), ranges: acceptedNumbers(test), missing };
      case 'address': {
        const accepts = acceptedIPv6(test);
        const decide = (id: number): boolean => accepts(registers.ipv6.bytes(id));
        return { kind: 'address', slot, ranges: acceptedIPv4(test), missing, decide };
      }
      case 'text': {
        const accepts = acceptedTexts(test);
        const table = registers.textTable(field);
        return { kind: 'text', slot, ranges: [], missing, decide: (id) => accepts(table.text(id)) };
      }
    }
  }

  return { entry: compile(filter, ACCEPT, REJECT), tests };
}
