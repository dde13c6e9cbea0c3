/**
 * The kernel's IPv6 addresses (`kernel/addresses.ts`) as the table that its host reads them from.
 */
import { parseAddress } from '../flow/address';
import type { KernelMemory } from './kernel-memory';
import type { IPv6Table } from './text-table';

const ADDRESS_BYTES = 16;
/** What `addressesAt` is asked for. */
const LIST = 0;
const ROOM = 1;

/** The addresses of a kernel, to be used once it has been told its plan. */
export function createKernelIPv6Table({ kernel, bytes }: KernelMemory): IPv6Table {
  const decoder = new TextDecoder();
  let spellingCount = 0;

  function add(address: Uint8Array): number {
    bytes().set(address, kernel.addressesAt(ROOM));
    return kernel.addAddress();
  }

  return {
    get size() {
      return kernel.countAddresses();
    },
    get spellingCount() {
      return spellingCount;
    },
    // The kernel reads the usual spellings itself, and asks once for each other one.
    intern(source, start, end) {
      spellingCount++;
      const address = parseAddress(decoder.decode(source.subarray(start, end)));
      return address?.family === 6 ? add(address.bytes) : -1;
    },
    add,
    bytes(id) {
      const at = kernel.addressesAt(LIST) + id * ADDRESS_BYTES;
      return bytes().subarray(at, at + ADDRESS_BYTES);
    },
    compare() {
      const memory = bytes();
      const list = kernel.addressesAt(LIST);
      return (a, b) => {
        const [first, second] = [list + a * ADDRESS_BYTES, list + b * ADDRESS_BYTES];
        let i = 0;
        while (i < ADDRESS_BYTES - 1 && memory[first + i] === memory[second + i]) {
          i++;
        }
        return memory[first + i]! - memory[second + i]!;
      };
    },
  };
}
