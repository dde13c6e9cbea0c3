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
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) {
    return { family: 6, bytes: Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray()) };
  }
  return undefined;
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
