/**
 * Whether the service's stored digests can be used, tried as a query would do it: credentials, list, read the newest file.
 * A place that is wrong fails no query, since the logs are read then, so that nobody would hear of it otherwise.
 */
import { FlowError, unlessAborted } from '../errors';
import type { DigestPack } from '../scan/digest-pack';
import { findNewestPack, type NewestPackFound } from '../scan/find-newest-pack';
import { packKeysStart } from '../scan/pack-names';
import { packFileBytes, readPack } from '../scan/stored-digests';
import { takesDigests } from '../scan/stored-windows';
import { describeAge } from '../view/describe-age';
import { describeBytes, describeExactly } from '../view/describe-size';
import { identityOf, timeoutError, type CheckOptions, type CheckStep, type PlaceHealth } from './check-steps';
import { explainFailure } from './explain-failure';
import { STORED_DIGESTS_SHARE, type Instance, type OpenedSource } from './instance';

/** What was found out about the place of stored digests; a `warning` is also that they are of no use. */
export interface DigestsHealth extends PlaceHealth {
  readonly newest?: NewestDigests;
}

/** The window that ends last. */
export interface NewestDigests {
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Since it ended. */
  readonly ageSec: number;
  readonly sizeBytes: number;
  /** Of how many objects it has digests, and how many of those lie in a source; absent if its file was not read. */
  readonly objects?: number;
  readonly usableObjects?: number;
}

/** A window is stored some time after its end; after so much more than its own length something has stopped. */
const STALE_SEC = 2 * 3600;
/** Below the folder that the service calls its data. */
const FOLDER_OF_SERVICE = 'digests/stored/';

/** Checks; `undefined` if the data source names no such place. Never throws, and ends soon after the signal aborts. */
export async function checkDigests(instance: Instance, options: CheckOptions): Promise<DigestsHealth | undefined> {
  const { digests: opened, settings, sources } = instance;
  if (!opened) {
    return undefined;
  }
  const { probe, connection } = opened;
  const { prefix, location } = opened.settings;
  const { signal, nowMs, forwarding } = options;
  let step: CheckStep = 'credentials';
  try {
    if (connection) {
      await unlessAborted(connection.credentials(), signal);
    }
    step = 'list';
    const found = await unlessAborted(findNewestPack({ store: probe, prefix }, { nowMs, signal }), signal);
    const { newest } = found;
    if (!newest) {
      const nothing = await unlessAborted(explainNone(opened, signal), signal);
      return { location, ...nothing, status: 'warning', ...(await identityOf(opened, options)) };
    }
    step = 'read';
    const maxBytes = settings.digestCacheBytes * STORED_DIGESTS_SHARE;
    const isReadable = newest.object.sizeBytes <= packFileBytes(maxBytes);
    const pack = isReadable ? await unlessAborted(readPack(probe, newest.object, signal), signal) : undefined;
    return {
      location,
      ...healthFromFound(found, pack, { sources, cacheBytes: settings.digestCacheBytes, nowMs }),
      ...(await identityOf(opened, options)),
    };
  } catch (thrown) {
    const isLate = signal.aborted;
    const error = isLate ? timeoutError(opened, step) : FlowError.from(thrown);
    const who = isLate || step === 'credentials' ? {} : await identityOf(opened, options);
    const advice = explainFailure(error, { source: opened.settings, forwarding, identity: who.identity });
    const fix = fixOf(error, opened);
    return {
      ...{ location, status: 'error', message: error.message },
      ...{ ...advice, ...(fix !== undefined && { fix }), step, code: error.code, ...who },
    };
  }
}

function healthFromFound(
  { newest, isSample }: NewestPackFound,
  pack: DigestPack | undefined,
  { sources, cacheBytes, nowMs }: { sources: Instance['sources']; cacheBytes: number; nowMs: number },
): Omit<DigestsHealth, 'location'> {
  const { window, object } = newest!;
  const ageSec = Math.max(0, Math.round(nowMs / 1000 - window.stopSec));
  const lengthSec = window.stopSec - window.startSec;
  const usable = pack?.objects.filter((packed) => sources.some(({ source }) => liesIn(packed, source))).length ?? 0;
  const facts =
    `the newest window ${isSample ? 'seen ' : ''}is ${minuteText(window.startSec)} to ${minuteText(window.stopSec)} ` +
    `and ended ${describeAge(ageSec)} ago${pack ? `, with digests of ${describeObjects(pack.objects.length, usable)}` : ''}`;
  const warnings: { readonly text: string; readonly fix: string }[] = [];
  if (!pack) {
    const needed = Math.ceil(object.sizeBytes / (packFileBytes(1) * STORED_DIGESTS_SHARE) / 2 ** 20);
    warnings.push({
      text:
        cacheBytes === 0
          ? 'They are not used: the data source keeps no digests'
          : `They are not used: a file has ${describeBytes(object.sizeBytes)}, and the cache has no room for it`,
      fix: `Set the cache (digestCacheBytes) to ${needed} MiB or more, several times that for ranges of several windows.`,
    });
  } else if (usable === 0) {
    const places = [...new Set(pack.objects.map(({ place }) => place))];
    warnings.push({
      text: 'None of them lies in a source of this data source',
      fix: `The service has to read the same buckets, and folders under the same path; it read ${places.join(', ')}.`,
    });
  }
  if (ageSec > 2 * lengthSec + STALE_SEC) {
    warnings.push({ text: 'Has the service stopped?', fix: 'Newer logs are read until there are digests of them.' });
  }
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    message: [facts, ...warnings.map(({ text }) => text)].join('. '),
    ...(warnings.length > 0 && { fix: warnings.map(({ fix }) => fix).join(' ') }),
    newest: {
      ...{ fromMs: window.startSec * 1000, toMs: window.stopSec * 1000, ageSec, sizeBytes: object.sizeBytes },
      ...(pack && { objects: pack.objects.length, usableObjects: usable }),
    },
  };
}

function liesIn({ place, key }: DigestPack['objects'][number], source: OpenedSource['source']): boolean {
  return takesDigests(source) && place === source.store.name && key.startsWith(source.prefix);
}

/** What there is instead, where there is no digest. */
async function explainNone(
  { settings, probe }: OpenedSource,
  signal: AbortSignal,
): Promise<Pick<DigestsHealth, 'message' | 'fix'>> {
  const { prefix } = settings;
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  // With the fewest rights nothing but digests may be listed.
  const has = (start: string): Promise<boolean> => hasKey(probe, start, signal).catch(() => false);
  const message = `there are no digests at ${settings.location}`;
  if (settings.kind === 'directory' && (await has(packKeysStart(`${folder}${FOLDER_OF_SERVICE}`)))) {
    const there = `${settings.location.replace(/[\\/]+$/, '')}/${FOLDER_OF_SERVICE.replace(/\/$/, '')}`;
    return { message, fix: `They are in ${there}: write that.` };
  }
  if (await has(folder)) {
    return {
      message,
      fix: 'There are other files: check the place, and that the service runs with --packs (VPCFLOW_PACKS=true).',
    };
  }
  return {
    message,
    fix: 'Check that the service stores there and runs with --packs (VPCFLOW_PACKS=true); the first come after its first window.',
  };
}

async function hasKey(store: OpenedSource['probe'], start: string, signal: AbortSignal): Promise<boolean> {
  for await (const { objects, prefixes } of store.list(start, { signal, delimiter: '/' })) {
    return objects.length + prefixes.length > 0;
  }
  return false;
}

/** What to do about it in words of its own; otherwise the advice is that of a source. */
function fixOf({ code }: FlowError, { settings }: OpenedSource): string | undefined {
  if (code === 'corrupt-object') {
    return 'It was damaged, or the service is of another version than this data source: update the older one.';
  }
  return settings.kind === 'directory' && code === 'not-found'
    ? 'Check the location; in its data folder the service stores digests in digests/stored.'
    : undefined;
}

/** `2026-01-15 10:00 UTC`. */
function minuteText(sec: number): string {
  return `${new Date(sec * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The service may read more than this data source does, which is nothing to warn of. */
function describeObjects(count: number, usable: number): string {
  const objects = `${describeExactly(count)} ${count === 1 ? 'object' : 'objects'}`;
  return usable === 0 || usable === count ? objects : `${objects}, ${describeExactly(usable)} of them in these sources`;
}
