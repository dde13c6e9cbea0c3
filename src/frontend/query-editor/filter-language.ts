/** The filter language for Monaco: its colours, its brackets, and the editor's hooks to what may be written and what is wrong. */
import type { Monaco, MonacoEditor } from '@grafana/ui';
import { DERIVED_PORT } from '../../query/field-name';
import { EITHER_SIDE } from '../../query/filter';
import { FIELDS } from '../../flow/fields';
import type { FilterProblem } from './check-filter';
import type { FilterCompletion, FilterSuggestion } from './complete-filter';

/** The language's id in Monaco, which all plugins share. */
export const FILTER_LANGUAGE = 'vpcflow-filter';

const MARKER_OWNER = 'vpcflow';
const TRIGGERS = [' ', '=', '<', '>', '~', '(', ',', '$', '"'];

/** Something to be undone. */
interface Disposable {
  dispose(): void;
}

/** Makes the language known; once for all editors of a page. */
export function registerFilterLanguage(monaco: Monaco): void {
  if (monaco.languages.getLanguages().some(({ id }) => id === FILTER_LANGUAGE)) {
    return;
  }
  monaco.languages.register({ id: FILTER_LANGUAGE });
  monaco.languages.setLanguageConfiguration(FILTER_LANGUAGE, {
    wordPattern: /[^\s()"'`,=<>!~&|]+/,
    brackets: [['(', ')']],
    autoClosingPairs: [
      { open: '(', close: ')' },
      { open: '"', close: '"', notIn: ['string'] },
      { open: '`', close: '`', notIn: ['string'] },
    ],
  });
  monaco.languages.setMonarchTokensProvider(FILTER_LANGUAGE, {
    ignoreCase: true,
    fields: [...FIELDS.map(({ name }) => name), ...Object.keys(EITHER_SIDE), DERIVED_PORT],
    words: ['and', 'or', 'not', 'in'],
    tokenizer: {
      root: [
        [/\$\{[^}]*\}|\$\w+|\[\[[^\]]*\]\]/, 'variable'],
        [/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?/, 'string'],
        [/`[^`]*`?/, 'type'],
        [/[0-9a-f]*[.:][0-9a-f.:]*(?:\/\d+)?|\d[\d.:/-]*/, 'number'],
        [/[^\s()"'`,=<>!~&|]+/, { cases: { '@words': 'keyword', '@fields': 'type', '@default': 'identifier' } }],
        [/&&|\|\||[=<>!~]+/, 'operator'],
        [/[(),]/, 'delimiter'],
      ],
    },
  });
}

/** Offers what `complete` finds in that editor. */
export function provideCompletion(
  monaco: Monaco,
  editor: MonacoEditor,
  complete: (text: string, position: number) => Promise<FilterCompletion & { readonly isIncomplete: boolean }>,
): Disposable {
  const { CompletionItemKind } = monaco.languages;
  const kinds: Readonly<Record<FilterSuggestion['kind'], number>> = {
    field: CompletionItemKind.Field,
    operator: CompletionItemKind.Operator,
    value: CompletionItemKind.Value,
    keyword: CompletionItemKind.Keyword,
    variable: CompletionItemKind.Variable,
  };
  return monaco.languages.registerCompletionItemProvider(FILTER_LANGUAGE, {
    triggerCharacters: TRIGGERS,
    async provideCompletionItems(model, place) {
      // Providers are those of a language; each editor answers for itself.
      if (model.id !== editor.getModel()?.id) {
        return undefined;
      }
      const { from, to, suggestions, isIncomplete } = await complete(model.getValue(), model.getOffsetAt(place));
      if (model.isDisposed()) {
        return undefined;
      }
      const range = monaco.Range.fromPositions(model.getPositionAt(from), model.getPositionAt(to));
      return {
        incomplete: isIncomplete,
        suggestions: suggestions.map(({ label, insertText, kind, detail, documentation }, i) => ({
          label: detail === undefined ? label : { label, description: detail },
          insertText,
          kind: kinds[kind],
          documentation,
          filterText: label,
          sortText: String(i).padStart(5, '0'),
          range,
          // What comes next is offered at once.
          command: kind === 'value' ? undefined : { id: 'editor.action.triggerSuggest', title: '' },
        })),
      };
    },
  });
}

/** Shows what is wrong as a squiggle. */
export function markProblem(monaco: Monaco, editor: MonacoEditor, problem: FilterProblem | undefined): void {
  const model = editor.getModel();
  if (!model) {
    return;
  }
  if (!problem) {
    monaco.editor.setModelMarkers(model, MARKER_OWNER, []);
    return;
  }
  // At the end there is nothing to underline but what comes before it.
  const length = model.getValueLength();
  const to = Math.min(length, problem.from + Math.max(1, problem.length));
  const from = Math.max(0, Math.min(problem.from, to - 1));
  const [start, end] = [model.getPositionAt(from), model.getPositionAt(to)];
  monaco.editor.setModelMarkers(model, MARKER_OWNER, [
    {
      severity: monaco.MarkerSeverity.Error,
      message: problem.message,
      ...{ startLineNumber: start.lineNumber, startColumn: start.column },
      ...{ endLineNumber: end.lineNumber, endColumn: end.column },
    },
  ]);
}
