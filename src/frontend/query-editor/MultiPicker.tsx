import { css } from '@emotion/css';
import type { GrafanaTheme2, SelectableValue } from '@grafana/data';
import { MultiSelect, useStyles2 } from '@grafana/ui';
import { useMemo, useRef, useState } from 'react';

/** What may be picked. */
export type PickerOption = SelectableValue<string> & { readonly value: string };

export interface MultiPickerProps {
  readonly inputId: string;
  readonly label: string;
  readonly values: readonly string[];
  readonly options: readonly PickerOption[];
  readonly onChange: (values: readonly string[]) => void;
  /** When the choice is made: the menu is closed again, or a value was taken out. */
  readonly onDone?: () => void;
  readonly onOpen?: () => void;
  /** What typed text that is no option stands for; without it only options can be picked. */
  readonly readCustom?: (text: string) => readonly string[];
  readonly placeholder?: string;
  readonly emptyMessage?: string;
  readonly isLoading?: boolean;
  readonly invalid?: boolean;
  readonly isClearable?: boolean;
  /** What is to be known about the options. */
  readonly remark?: string;
}

/** More are not drawn: nobody scrolls through thousands, and typing finds them. */
const MAX_SHOWN = 100;

/** A select of many values that stays quick however many there are, and tells when the choosing is over. */
export function MultiPicker({ values, options, onChange, onDone, onOpen, readCustom, ...props }: MultiPickerProps) {
  const styles = useStyles2(getStyles);
  const [search, setSearch] = useState('');
  const isOpen = useRef(false);
  const isChanged = useRef(false);
  const shown = useMemo(() => selectShown(options, values, search), [options, values, search]);
  const labels = new Map(options.map(({ value, label }) => [value, label]));
  const change = (next: readonly string[]): void => {
    onChange([...new Set(next)]);
    if (isOpen.current) {
      isChanged.current = true;
    } else {
      onDone?.();
    }
  };
  return (
    <div className={styles.picker}>
      <MultiSelect<string>
        inputId={props.inputId}
        aria-label={props.label}
        value={values.map((value) => ({ value, label: labels.get(value) ?? value }))}
        options={shown}
        filterOption={() => true}
        onChange={(picked) => change(picked.flatMap(({ value }) => value ?? []))}
        onInputChange={(text) => setSearch(text)}
        onOpenMenu={() => {
          isOpen.current = true;
          onOpen?.();
        }}
        onCloseMenu={() => {
          isOpen.current = false;
          if (isChanged.current) {
            isChanged.current = false;
            onDone?.();
          }
        }}
        allowCustomValue={readCustom !== undefined}
        allowCreateWhileLoading
        onCreateOption={(text) => change([...values, ...(readCustom?.(text) ?? [])])}
        closeMenuOnSelect={false}
        blurInputOnSelect={false}
        isClearable={props.isClearable ?? true}
        isLoading={props.isLoading}
        invalid={props.invalid}
        placeholder={props.placeholder}
        noOptionsMessage={props.emptyMessage}
        maxMenuHeight={320}
      />
      {props.remark !== undefined && <div className={styles.remark}>{props.remark}</div>}
    </div>
  );
}

function selectShown(options: readonly PickerOption[], values: readonly string[], search: string): PickerOption[] {
  const wanted = search.trim().toLowerCase();
  const picked = new Set(values);
  const rankOf = ({ value, label }: PickerOption): number =>
    [value, label ?? ''].some((text) => text.toLowerCase().startsWith(wanted)) ? 0 : 1;
  const matching = options.filter(
    ({ value, label, description }) =>
      !picked.has(value) && [value, label, description].some((text) => text?.toLowerCase().includes(wanted)),
  );
  // What begins with the text is meant rather than what has it somewhere, or in its meaning.
  const ordered = wanted === '' ? matching : matching.toSorted((a, b) => rankOf(a) - rankOf(b));
  const more = ordered.length - MAX_SHOWN;
  return more <= 0
    ? ordered
    : [
        ...ordered.slice(0, MAX_SHOWN),
        { value: '', label: `… ${more.toLocaleString('en-US')} more: type to search`, isDisabled: true },
      ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  // Wide enough for its placeholder; a long choice wraps rather than push the rest away.
  picker: css({ minWidth: 136, maxWidth: 520 }),
  remark: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    marginTop: theme.spacing(0.5),
  }),
});
