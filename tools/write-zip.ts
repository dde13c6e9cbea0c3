/** Writes the plugin's folder as a zip archive. Equal files at an equal time give equal bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { PluginFile } from './plugin-files';

/** Where the archive goes, and the one folder that it has. */
export interface ZipOptions {
  readonly file: string;
  readonly folder: string;
  /** All files have the day of this time. */
  readonly time: Date;
}

/** A regular file's type in the upper bits of its mode, as Unix has them. */
const REGULAR = 0o100000;

/** Writes the archive and gives back the SHA-256 of it, in hexadecimal. Files are ordered by path; two with one path are an error. */
export async function writeZip(files: readonly PluginFile[], { file, folder, time }: ZipOptions): Promise<string> {
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const repeated = ordered.find(({ path }, index) => path === ordered[index - 1]?.path);
  if (repeated) {
    throw new Error(`cannot pack ${repeated.path}: two files have this name`);
  }
  // The format's own times are local ones, in steps of two seconds. Noon of the same day exists in every time zone.
  const mtime = new Date(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate(), 12);
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  for (const { path, isExecutable, content } of ordered) {
    const options = { mtime, mode: REGULAR | (isExecutable ? 0o755 : 0o644), forceDosTimestamp: true };
    if (Buffer.isBuffer(content)) {
      zip.addBuffer(content, `${folder}/${path}`, options);
    } else {
      zip.addFile(content.file, `${folder}/${path}`, options);
    }
  }
  zip.end();
  await pipeline(output, createWriteStream(file));
  return hashFile(file);
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
