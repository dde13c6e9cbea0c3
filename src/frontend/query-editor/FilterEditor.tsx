import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { CodeEditor, useStyles2, type Monaco, type MonacoEditor } from '@grafana/ui';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { FilterProblem } from './check-filter';
import { FILTER_LANGUAGE, markProblem, provideCompletion, registerFilterLanguage } from './filter-language';
import type { FoundCompletion } from './useFilterCompletion';

const LINE_HEIGHT_PX = 30;
const MAX_HEIGHT_PX = 160;

interface FilterEditorProps {
  readonly value: string;
  readonly isEmpty: boolean;
  readonly problem: FilterProblem | undefined;
  readonly complete: (text: string, position: number) => Promise<FoundCompletion>;
  readonly onChange: (text: string) => void;
  readonly onFocus: () => void;
  readonly onBlur: (text: string) => void;
  readonly onRun: (text: string) => void;
}

interface Mounted {
  readonly monaco: Monaco;
  readonly editor: MonacoEditor;
}

/** Monaco as a line that grows, with the filter's completion, squiggle and keys. */
export function FilterEditor({ value, isEmpty, problem, complete, onRun, ...props }: FilterEditorProps) {
  const styles = useStyles2(getStyles);
  const [mounted, setMounted] = useState<Mounted>();
  const [heightPx, setHeightPx] = useState(LINE_HEIGHT_PX);
  const run = useRef(onRun);
  useEffect(() => {
    run.current = onRun;
  });
  useEffect(() => {
    if (!mounted) {
      return undefined;
    }
    const { monaco, editor } = mounted;
    const undo = [
      provideCompletion(monaco, editor, complete),
      editor.onDidContentSizeChange(({ contentHeight }) => setHeightPx(withinBounds(contentHeight))),
      editor.addAction({
        id: 'vpcflow-run',
        label: 'Run query',
        keybindings: [monaco.KeyMod.Shift | monaco.KeyCode.Enter],
        run: () => {
          editor.trigger('vpcflow', 'hideSuggestWidget', {});
          run.current(editor.getValue());
        },
      }),
    ];
    return () => undo.forEach((one) => one.dispose());
  }, [mounted, complete]);
  useEffect(() => {
    if (mounted) {
      markProblem(mounted.monaco, mounted.editor, problem);
    }
  }, [mounted, problem]);
  return (
    <div className={styles.editor} onKeyDownCapture={leaveWithTab}>
      <CodeEditor
        value={value}
        language={FILTER_LANGUAGE}
        height={heightPx}
        width="100%"
        showMiniMap={false}
        showLineNumbers={false}
        monacoOptions={EDITOR_OPTIONS}
        onBeforeEditorMount={registerFilterLanguage}
        onEditorDidMount={(editor, monaco) => {
          setHeightPx(withinBounds(editor.getContentHeight()));
          setMounted({ editor, monaco });
        }}
        onChange={props.onChange}
        onFocus={props.onFocus}
        onBlur={props.onBlur}
      />
      {isEmpty && (
        <div className={styles.placeholder} aria-hidden>
          All records. Try: action = REJECT and dstport in (22, 3389)
        </div>
      )}
    </div>
  );
}

function withinBounds(contentHeightPx: number): number {
  return Math.min(Math.max(contentHeightPx, LINE_HEIGHT_PX), MAX_HEIGHT_PX);
}

/** Tab goes on to the next control, unless it is to take a suggestion: the editor must not see it. */
function leaveWithTab(event: KeyboardEvent): void {
  if (event.key === 'Tab' && document.querySelector('.suggest-widget.visible') === null) {
    event.stopPropagation();
  }
}

const EDITOR_OPTIONS = {
  ariaLabel: 'Filter',
  fontSize: 13,
  lineHeight: 20,
  padding: { top: 5, bottom: 5 },
  wordWrap: 'on',
  wrappingStrategy: 'advanced',
  folding: false,
  glyphMargin: false,
  lineNumbers: 'off',
  lineNumbersMinChars: 0,
  lineDecorationsWidth: 8,
  overviewRulerLanes: 0,
  hideCursorInOverviewRuler: true,
  renderLineHighlight: 'none',
  scrollBeyondLastLine: false,
  scrollbar: { vertical: 'auto', horizontal: 'hidden', verticalScrollbarSize: 8, alwaysConsumeMouseWheel: false },
  occurrencesHighlight: false,
  selectionHighlight: false,
  links: false,
  // Words of a filter are no words of a text: only what is known is offered.
  wordBasedSuggestions: false,
  suggest: { showWords: false, showStatusBar: false, preview: false },
  quickSuggestions: { other: true, strings: true, comments: false },
  suggestFontSize: 12,
  suggestLineHeight: 22,
  tabCompletion: 'off',
} as const;

const getStyles = (theme: GrafanaTheme2) => ({
  editor: css({ position: 'relative', width: '100%' }),
  placeholder: css({
    position: 'absolute',
    top: 7,
    left: 9,
    right: 9,
    overflow: 'hidden',
    whiteSpace: 'nowrap',
    textOverflow: 'ellipsis',
    pointerEvents: 'none',
    color: theme.colors.text.disabled,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: 13,
    lineHeight: '20px',
  }),
});
