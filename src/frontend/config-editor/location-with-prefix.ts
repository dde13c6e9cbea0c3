import { parseS3Location } from '../../flow/s3-location';

/**
 * The location with another prefix, which is counted from the bucket, or from the folder that holds `AWSLogs`; written as
 * the location is. Of a location that cannot be read, as it is.
 */
export function locationWithPrefix(location: string, prefix: string): string {
  const trimmed = location.trim();
  try {
    const inS3 = parseS3Location(trimmed);
    const base = inS3 ? trimmed.slice(0, trimmed.length - inS3.prefix.length) : folderAboveLayout(trimmed);
    return `${base.replace(/\/$/, '')}/${prefix}`;
  } catch {
    return location;
  }
}

function folderAboveLayout(folder: string): string {
  const segments = folder.replace(/\/+$/, '').split('/');
  const at = segments.lastIndexOf('AWSLogs');
  return at < 0 ? segments.join('/') : segments.slice(0, at).join('/');
}
