/**
 * IPv4 and IPv6 addresses packed as numbers and bytes, compared by value and printed in one canonical form (RFC 5952 for
 * IPv6). Text of any legal spelling goes through `ipaddr.js`; only the dotted quad has a path of its own, since the digest
 * reads millions of them.
 */
import ipaddr from 'ipaddr.js';

/** An address as `family` and big-endian bytes (4 or 16). */
export interface Address {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
}

/** An IPv4 address from its number, as a dotted quad. */
export function formatIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** An IPv6 address from its 16 bytes, in the canonical text of RFC 5952. */
export function formatIPv6(bytes: Uint8Array): string {
  return new ipaddr.IPv6(Array.from(bytes)).toRFC5952String();
}

/** Canonical text of an address. */
export function formatAddress({ family, bytes }: Address): string {
  return family === 4 ? formatIPv4(wordFromIPv4(bytes)) : formatIPv6(bytes);
}

/** The number of an IPv4 address from its four bytes. */
export function wordFromIPv4(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

/**
 * An address from text, or `undefined` if it is none. IPv4 must be four decimal numbers (no octal, hex or short forms);
 * an IPv6 zone index is refused.
 */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 4, bytes: Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  const groups = text.includes('.') ? hexGroupsFromQuad(text) : text;
  if (groups?.includes(':') && !groups.includes('%') && ipaddr.IPv6.isValid(groups)) {
    return { family: 6, bytes: Uint8Array.from(ipaddr.IPv6.parse(groups).toByteArray()) };
  }
  return undefined;
}

/**
 * IPv6 text that ends in a dotted quad, with two groups in its place, or `undefined` if the quad is none. `ipaddr.js`
 * reads such text otherwise: `::1.2.3.4` as `::ffff:1.2.3.4`, and the quad's numbers as octal or hexadecimal too.
 */
function hexGroupsFromQuad(text: string): string | undefined {
  const at = text.lastIndexOf(':') + 1;
  const quad = text.slice(at);
  if (!ipaddr.IPv4.isValidFourPartDecimal(quad)) {
    return undefined;
  }
  const [a, b, c, d] = ipaddr.IPv4.parse(quad).toByteArray() as [number, number, number, number];
  return `${text.slice(0, at)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** Orders addresses: IPv4 before IPv6, then by value. */
export function compareAddresses(a: Address, b: Address): number {
  return a.family - b.family || compareBytes(a.bytes, b.bytes);
}

/** Orders byte strings of one length by value. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** The range an address belongs to by IANA's registries: `unicast` (public), `private`, `linkLocal`, `uniqueLocal` … */
export function addressRange(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.parse(text).range() : 'none';
}
