import { css } from '@emotion/css';
import { EditorField } from '@grafana/plugin-ui';
import { useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import type { FieldSummary } from '../../query/resource-answers';
import { checkFilter } from './check-filter';
import { FilterEditor } from './FilterEditor';
import type { QueryEdit } from './query-edit';
import { useDebounced } from './useDebounced';
import { useDraft } from './useDraft';
import { useFilterCompletion } from './useFilterCompletion';

/** While somebody writes, every filter is wrong. */
const CHECK_DELAY_MS = 500;

interface FilterFieldProps {
  readonly edit: QueryEdit;
  readonly fields: readonly FieldSummary[];
  /** The fields are wanted. */
  readonly onFocus: () => void;
}

/** The filter, completed and checked as it is written; saved on leaving it, run with Shift+Enter. */
export function FilterField({ edit, fields, onFocus }: FilterFieldProps) {
  const { query, set, run } = edit;
  const saved = query.filter ?? '';
  const styles = useStyles2(getStyles);
  const [text, setDraft] = useDraft(saved);
  const [isFocused, setIsFocused] = useState(false);
  const settled = useDebounced(text, CHECK_DELAY_MS);
  const found = useMemo(() => checkFilter(settled).problem, [settled]);
  const complete = useFilterCompletion(edit, fields);
  // What is missing at the end is still to be written, and a word there may go on.
  const isUnfinished = isFocused && found !== undefined && found.from + found.length >= settled.trimEnd().length;
  const message = isUnfinished ? undefined : found?.message;
  const save = (next: string): void => {
    if (next !== saved) {
      set('filter', next);
    }
  };
  return (
    <div className={styles.field}>
      <EditorField
        label="Filter"
        tooltip="Which records count, such as: action = REJECT and dstport in (22, 3389). Ctrl+Space lists fields, operators and values; Shift+Enter runs the query."
        invalid={message !== undefined}
        error={message}
      >
        <FilterEditor
          value={saved}
          isEmpty={text === ''}
          problem={isUnfinished && found.length === 0 ? undefined : found}
          complete={complete}
          onChange={setDraft}
          onFocus={() => {
            setIsFocused(true);
            onFocus();
          }}
          onBlur={(next) => {
            setIsFocused(false);
            save(next);
          }}
          onRun={(next) => {
            save(next);
            run();
          }}
        />
      </EditorField>
    </div>
  );
}

const getStyles = () => ({ field: css({ flex: '1 1 100%', minWidth: 0 }) });
