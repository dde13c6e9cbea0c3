/**
 * Text as DOT strings. All of it may come from logs, so nothing but these functions writes a string into a graph: plain
 * double-quoted strings, never the HTML-like ones.
 *
 * Source: https://graphviz.org/doc/info/lang.html and https://graphviz.org/docs/attr-types/escString/
 */

/** A string that Graphviz shows (label, tooltip): with its escapes and its HTML entities made inert. */
export function quoteShown(text: string): string {
  return quote(text.replaceAll('&', '&amp;'));
}

/** Lines of text that Graphviz shows one below the other, each flush left. */
export function quoteLines(lines: readonly string[]): string {
  return `"${lines.map((line) => `${quoteShown(line).slice(1, -1)}\\l`).join('')}"`;
}

/** A string that only readers of the file see: an attribute of our own. Backslash and newline read `\\` and `\n`. */
export function quote(text: string): string {
  const escaped = replaceUnprintable(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/\r\n?|\n/g, '\\n');
  return `"${escaped}"`;
}

/**
 * The name of a cluster, which ends up as a title in the picture, where Graphviz would resolve entities: anything but
 * letters, digits and `_.:/-` is written as `%` and four hexadecimal digits, so distinct texts stay distinct.
 */
export function quoteClusterName(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_.:/-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"cluster_${safe}"`;
}

/** Text without what XML 1.0 does not allow: control characters and halves of surrogate pairs become U+FFFD, a tab a space. */
export function replaceUnprintable(text: string): string {
  return (
    text
      .replaceAll('\t', ' ')
      // eslint-disable-next-line no-control-regex -- they are what is looked for
      .replace(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
  );
}
