/**
 * Where the administrator lets digests be kept on disk: `digest_cache_dir` and `max_digest_cache_dir_bytes` of the plugin's
 * section in grafana.ini. A wrong setting keeps no query from its answer, so it is told and not thrown.
 */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { MIN_FOLDER_BYTES } from '../scan/digest-folder';
import { ownValue } from './auth-rules';
import { PLUGIN_ID } from './plugin-id';
import type { DataSourceInput } from './settings';

export const DEFAULT_FOLDER_BYTES = 2 ** 30;

export type DigestFolderChoice =
  | { readonly folder: string; readonly maxBytes: number }
  /** Why nothing is kept on disk. */
  | { readonly problem: string };

/** The folder and its limit; `undefined` if none is named. `pluginFolder` is where the plugin itself lies. */
export function readDigestFolder(
  environment: DataSourceInput['environment'],
  pluginFolder: string,
): DigestFolderChoice | undefined {
  const path = ownValue(environment, 'GF_PLUGIN_DIGEST_CACHE_DIR')?.trim();
  const bytes = ownValue(environment, 'GF_PLUGIN_MAX_DIGEST_CACHE_DIR_BYTES')?.trim() || String(DEFAULT_FOLDER_BYTES);
  if (!path) {
    return undefined;
  }
  const refuse = (setting: string, value: string, why: string) => ({
    problem: `${setting} in [plugin.${PLUGIN_ID}] of grafana.ini is ${JSON.stringify(value)}, which ${why}`,
  });
  if (!isAbsolute(path) || path.includes('\0')) {
    return refuse('digest_cache_dir', path, 'is not an absolute path');
  }
  const folder = resolve(path);
  if (isWithin(withoutLinks(folder), withoutLinks(pluginFolder))) {
    return refuse(
      'digest_cache_dir',
      path,
      'is in the folder of the plugin, where Grafana allows only what it has checked',
    );
  }
  if (!/^\d{1,15}$/.test(bytes) || Number(bytes) < MIN_FOLDER_BYTES) {
    return refuse('max_digest_cache_dir_bytes', bytes, `is not a number of bytes of at least ${MIN_FOLDER_BYTES}`);
  }
  return { folder, maxBytes: Number(bytes) };
}

/** Where a path leads, as far as it is there. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(withoutLinks(parent), relative(parent, path));
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
