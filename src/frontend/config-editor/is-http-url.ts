/** Whether the text is empty or a URL that requests can be sent to. */
export function isHttpUrl(text: string | undefined): boolean {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || (/^https?:\/\/[^/]/i.test(trimmed) && URL.canParse(trimmed));
}
