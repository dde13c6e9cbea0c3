/**
 * Checks the signature inside a macOS executable against its bytes, without macOS. Apple silicon kills a process whose
 * signature is missing or does not fit, and compilers that add code to a signed file have been known to leave it so.
 * Only that the hashes fit is checked, not who signed.
 */
import { createHash } from 'node:crypto';

const LOAD_COMMANDS_AT = 32;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const SHA256 = 2;

/** Says what is wrong with the signature of a 64-bit Mach-O file; undefined if every page fits and all code is covered. */
export function checkMachSignature(content: Buffer): string | undefined {
  const signatureAt = findSignature(content);
  if (signatureAt === undefined) {
    return 'not signed';
  }
  const directoryAt = findCodeDirectory(content, signatureAt);
  if (directoryAt === undefined) {
    return 'the signature has no code directory';
  }
  // Offsets within the code directory: Apple's cs_blobs.h. Signatures are big-endian, whatever the machine.
  const hashesAt = directoryAt + content.readUInt32BE(directoryAt + 16);
  const pageCount = content.readUInt32BE(directoryAt + 28);
  const codeBytes = content.readUInt32BE(directoryAt + 32);
  const hashBytes = content.readUInt8(directoryAt + 36);
  const hashType = content.readUInt8(directoryAt + 37);
  const pageBytes = 1 << content.readUInt8(directoryAt + 39);
  if (hashType !== SHA256) {
    return `the signature's hashes are of an unknown type, ${hashType}`;
  }
  if (codeBytes !== signatureAt || pageCount !== Math.ceil(codeBytes / pageBytes)) {
    return `the signature covers ${codeBytes} of ${signatureAt} bytes`;
  }
  let faults = 0;
  for (let page = 0; page < pageCount; page++) {
    const bytes = content.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, codeBytes));
    const expected = content.subarray(hashesAt + page * hashBytes, hashesAt + (page + 1) * hashBytes);
    faults += createHash('sha256').update(bytes).digest().equals(expected) ? 0 : 1;
  }
  return faults > 0 ? `${faults} of ${pageCount} pages do not fit the signature` : undefined;
}

/** Where the signature begins: its load command says so. */
function findSignature(content: Buffer): number | undefined {
  let at = LOAD_COMMANDS_AT;
  for (let rest = content.readUInt32LE(16); rest > 0 && at + 12 <= content.length; rest--) {
    if (content.readUInt32LE(at) === LC_CODE_SIGNATURE) {
      const signatureAt = content.readUInt32LE(at + 8);
      return signatureAt + 12 <= content.length ? signatureAt : undefined;
    }
    at += content.readUInt32LE(at + 4);
  }
  return undefined;
}

/** The signature is an index of blobs; the code directory is the one with the hashes. */
function findCodeDirectory(content: Buffer, signatureAt: number): number | undefined {
  if (content.readUInt32BE(signatureAt) !== SUPER_BLOB) {
    return undefined;
  }
  for (let blob = 0; blob < content.readUInt32BE(signatureAt + 8); blob++) {
    const at = signatureAt + content.readUInt32BE(signatureAt + 16 + 8 * blob);
    if (content.readUInt32BE(at) === CODE_DIRECTORY) {
      return at;
    }
  }
  return undefined;
}
