/**
 * A number from 0 to 2³²−1 that a text always gives, for choices that have to be arbitrary and yet the same every time.
 * FNV-1a over UTF-16 code units, with the finaliser of MurmurHash3, since neighbouring addresses differ in one character.
 */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mixHash(hash);
}

/** A number of the same range that `hash` and `other` always give. */
export function mixHash(hash: number, other = 0): number {
  let mixed = hash ^ other;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
