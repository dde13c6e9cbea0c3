/** What is wrong with a filter as written, variables and all, for a squiggle and a line below it. */
import { FlowError } from '../../errors';
import { suggestionText } from '../../query/nearest-name';
import { parseFilter } from '../../query/parse-filter';
import { maskVariables } from './mask-variables';

/** The first thing that is wrong. */
export interface FilterProblem {
  /** From 0, in UTF-16 code units. */
  readonly from: number;
  /** 0 at the end of the text. */
  readonly length: number;
  readonly message: string;
}

/** Checks a filter. What dashboard variables hold is taken to be right. */
export function checkFilter(text: string): { readonly problem?: FilterProblem } {
  const masked = maskVariables(text);
  try {
    parseFilter(masked.text);
    return {};
  } catch (thrown) {
    const { fields, message } = FlowError.from(thrown);
    const { position, length, expected, suggestion } = fields;
    if (typeof position !== 'number' || typeof length !== 'number') {
      return { problem: { from: 0, length: text.length, message } };
    }
    const from = masked.toOriginal(position);
    const end = length === 0 ? from : Math.max(from + 1, masked.toOriginal(position + length));
    const found = end === from ? 'the end' : shorten(text.slice(from, end));
    const hint = suggestionText(typeof suggestion === 'string' ? suggestion : undefined);
    return { problem: { from, length: end - from, message: `Expected ${expected}, found ${found}${hint}` } };
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
