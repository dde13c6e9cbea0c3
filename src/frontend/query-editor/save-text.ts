/** Text out of the page: to the clipboard, or into a file. */

/** Long enough for a browser that asks where to put the file. */
const REVOKE_AFTER_MS = 40_000;

/** Copies a text; also where the page is not served securely, as Grafana often is within a network. */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext && navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) {
    throw new Error('The browser does not allow copying here: download it instead');
  }
}

/** Saves a text as a file. */
export function downloadText(text: string, { name, type }: { readonly name: string; readonly type: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  // It stays out of the page, where Grafana takes clicks on links for ways to its own pages.
  anchor.click();
  // The browser takes the file after this task.
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
