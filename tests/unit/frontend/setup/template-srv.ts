/** Grafana's variables as the frontend meets them: a stand-in for the service that only exists inside Grafana. */
import type { ScopedVars, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

/** A variable's value; `all` is the list that *All* stands for. */
export type FakeVariable = string | readonly string[] | { readonly all: readonly string[]; readonly allValue?: string };

const REFERENCE = /\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}/g;

/** Replaces as Grafana does: a format in the reference goes before the one that is asked for. */
export function createTemplateSrv(variables: Readonly<Record<string, FakeVariable>>): TemplateSrv {
  const find = (name: string, scopedVars: ScopedVars | undefined): FakeVariable | undefined => {
    const own = scopedVars?.[name] as { value?: FakeVariable } | undefined;
    return own?.value ?? variables[name];
  };
  return {
    getVariables: () =>
      Object.entries(variables).map(([name, variable]) => {
        const isAll = typeof variable === 'object' && 'all' in variable;
        const value = isAll ? ['$__all'] : variable;
        return {
          name,
          ...(isAll && variable.allValue !== undefined && { allValue: variable.allValue }),
          current: { value, text: isAll ? 'All' : value },
        } as unknown as TypedVariableModel;
      }),
    replace(target = '', scopedVars, format) {
      return target.replace(REFERENCE, (reference, plain: string, brackets, inBrackets, braces, inBraces) => {
        const variable = find(plain ?? brackets ?? braces, scopedVars);
        if (variable === undefined) {
          return reference;
        }
        const isAll = typeof variable === 'object' && 'all' in variable;
        const values = isAll ? (variable.allValue ?? variable.all) : variable;
        switch (inBrackets ?? inBraces ?? format) {
          case 'text':
            return isAll ? 'All' : [values].flat().join(' + ');
          case 'csv':
            return [values].flat().join(',');
        }
        return typeof format === 'function' ? String(format(values, {}, () => '')) : [values].flat().join(',');
      });
    },
    containsTemplate: (text = '') => text.search(REFERENCE) >= 0,
    updateTimeRange: () => undefined,
  };
}
