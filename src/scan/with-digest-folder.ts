/** A cache of digests with a folder behind it: what is not in memory may be there, and what is made is stored there too. */
import type { DigestCache } from './digest-cache';
import type { DigestFolder } from './digest-folder';

/** The cache; whoever made the folder closes it. Only digests of single objects go there, and none that came from there. */
export function withDigestFolder(cache: DigestCache, folder: DigestFolder): DigestCache {
  return {
    ...cache,
    maxBytes: cache.maxBytes + folder.maxBytes,
    expects: (key) => cache.expects(key) || folder.has(key),
    async load(key) {
      const found = await folder.load(key);
      if (found) {
        cache.set(key, found);
      }
      return found;
    },
    set(key, value, object) {
      if (object) {
        folder.save(key, value);
      }
      return cache.set(key, value, object);
    },
  };
}
