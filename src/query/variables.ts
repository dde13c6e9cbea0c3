/**
 * Dashboard variables in saved queries: how a reference is written, and what it stands for. Who knows the values is another's
 * business: Grafana in the browser, a URL in the backend.
 */

/** What a reference such as `$account` stands for. */
export interface VariableValue {
  /** One, or several of a multi-value variable; possibly none. */
  readonly values: readonly string[];
  /** It stands on *All*, and the variable has no value of its own for that: nothing is to be restricted. */
  readonly isAll: boolean;
}

/** Reads references. */
export interface VariableReader {
  /** `undefined` if no variable has that name. */
  read(reference: string): VariableValue | undefined;
  /** The text with all references as Grafana would print them. */
  print(text: string): string;
}

/** `$name`, `[[name]]`, `${name}`, `${name.path:format}`. */
export const VARIABLE = /\$(\w+)|\[\[(\w+)(?::\w+)?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::[^}]+)?\}/g;

/** Whether the text holds a reference, by its form. */
export function hasVariable(text: string): boolean {
  return text.search(VARIABLE) >= 0;
}

/** The name in a reference. */
export function variableName(reference: string): string {
  const [, plain, brackets, braces] = new RegExp(VARIABLE.source).exec(reference) ?? [];
  return plain ?? brackets ?? braces ?? reference;
}
