/** The smallest files that are executables by their headers. */
import { createHash } from 'node:crypto';
import type { Platform } from '../../../tools/platforms';

/** A file with the magic number and machine of a platform; where Apple wants one, with a signature that fits. */
export function executableOf(platform: Platform): Buffer {
  const [os, arch] = platform.split('_');
  const isArm = arch === 'arm64';
  if (os === 'darwin') {
    return signedMachO(isArm ? 0x0100000c : 0x01000007);
  }
  const file = Buffer.alloc(0x100);
  if (os === 'windows') {
    file.write('MZ', 'latin1');
    file.writeUInt32LE(0x80, 0x3c);
    file.write('PE\0\0', 0x80, 'latin1');
    file.writeUInt16LE(isArm ? 0xaa64 : 0x8664, 0x84);
    return file;
  }
  file.write('\x7fELF', 'latin1');
  file.writeUInt16LE(isArm ? 0xb7 : 0x3e, 0x12);
  return file;
}

/** Two and a half pages of code with a signature behind them. */
function signedMachO(cpuType: number): Buffer {
  const codeBytes = 2.5 * 4096;
  const code = Buffer.alloc(codeBytes, 7);
  code.writeUInt32LE(0xfeedfacf, 0);
  code.writeUInt32LE(cpuType, 4);
  // Two load commands: one of 24 bytes that says nothing, and the signature's.
  code.writeUInt32LE(2, 16);
  code.writeUInt32LE(0x1b, 32);
  code.writeUInt32LE(24, 36);
  code.writeUInt32LE(0x1d, 56);
  code.writeUInt32LE(16, 60);
  code.writeUInt32LE(codeBytes, 64);

  const pages = [code.subarray(0, 4096), code.subarray(4096, 8192), code.subarray(8192)];
  const directory = Buffer.alloc(44);
  directory.writeUInt32BE(0xfade0c02, 0);
  directory.writeUInt32BE(44, 16);
  directory.writeUInt32BE(pages.length, 28);
  directory.writeUInt32BE(codeBytes, 32);
  directory.set([32, 2, 0, 12], 36);
  const index = Buffer.alloc(20);
  index.writeUInt32BE(0xfade0cc0, 0);
  index.writeUInt32BE(1, 8);
  index.writeUInt32BE(index.length, 16);
  return Buffer.concat([code, index, directory, ...pages.map((page) => createHash('sha256').update(page).digest())]);
}
