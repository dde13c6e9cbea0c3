/** Dashboard variables with known values, for tests of what is made of them. */
import { VARIABLE, variableName, type VariableReader } from '../../src/query/variables';

/** A value, several, or *All* of them. */
export type KnownVariable = string | readonly string[] | { readonly all: readonly string[] };

/** Reads them. */
export function knownVariables(known: Readonly<Record<string, KnownVariable>>): VariableReader {
  const valuesOf = (variable: KnownVariable): readonly string[] =>
    typeof variable === 'string' ? [variable] : 'all' in variable ? variable.all : variable;
  const find = (reference: string): KnownVariable | undefined => known[variableName(reference)];
  return {
    read(reference) {
      const variable = find(reference);
      return variable === undefined
        ? undefined
        : { values: valuesOf(variable).filter((value) => value !== ''), isAll: isAll(variable) };
    },
    print: (text) =>
      text.replace(VARIABLE, (reference) => {
        const variable = find(reference);
        return variable === undefined ? reference : valuesOf(variable).join(',');
      }),
  };
}

function isAll(variable: KnownVariable): boolean {
  return typeof variable === 'object' && 'all' in variable;
}
