/**
 * Folders inside a copy of AWS's layout.
 */
import { resolve, sep } from 'node:path';

/** A folder inside AWS's layout as the folder before `AWSLogs` and a prefix, so that accounts, regions and days are seen. */
export function splitAtLayout(path: string): { root: string; prefix: string } {
  const segments = resolve(path).split(sep);
  const at = segments.lastIndexOf('AWSLogs');
  return at < 0
    ? { root: path, prefix: '' }
    : { root: segments.slice(0, at).join(sep) || sep, prefix: `${segments.slice(at).join('/')}/` };
}
