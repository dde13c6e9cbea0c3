/** Dashboard variables as Grafana has them in the browser. */
import type { ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { variableName, type VariableReader } from '../query/variables';

/** Reads them as Grafana knows them; those of the panel go first. */
export function createVariableReader(
  templateSrv: Pick<TemplateSrv, 'replace' | 'getVariables'>,
  scopedVars?: ScopedVars,
): VariableReader {
  return {
    print: (text) => templateSrv.replace(text, scopedVars),
    read(reference) {
      let found: unknown;
      const printed = templateSrv.replace(reference, scopedVars, (value: unknown) => {
        found = value;
        return '';
      });
      if (found === undefined && printed === reference) {
        return undefined;
      }
      const name = variableName(reference);
      const values = found === undefined ? [printed] : Array.isArray(found) ? found.map(String) : [String(found)];
      return {
        values: values.filter((value) => value !== ''),
        // A panel that is repeated has one value of its own, and its text is not *All*.
        isAll: isOnAll(templateSrv, name) && templateSrv.replace(`\${${name}:text}`, scopedVars) === 'All',
      };
    },
  };
}

function isOnAll(templateSrv: Pick<TemplateSrv, 'getVariables'>, name: string): boolean {
  const variable = templateSrv.getVariables().find((candidate) => candidate.name === name) as
    { readonly allValue?: string | null; readonly current?: { readonly value?: unknown } } | undefined;
  const chosen = variable?.current?.value;
  return !variable?.allValue && (Array.isArray(chosen) ? chosen : [chosen]).includes('$__all');
}
