import { SHIPPED_PLATFORMS, executableName, findExecutableFault } from '../../../tools/platforms';
import { executableOf } from './executable-stand-in';

test('executables have the names that Grafana looks for', () => {
  expect(SHIPPED_PLATFORMS.map(executableName)).toEqual([
    'gpx_vpcflow_linux_amd64',
    'gpx_vpcflow_linux_arm64',
    'gpx_vpcflow_darwin_amd64',
    'gpx_vpcflow_darwin_arm64',
    'gpx_vpcflow_windows_amd64.exe',
  ]);
});

test.each(SHIPPED_PLATFORMS)('an executable of %s is one for no other platform', (built) => {
  const fitting = SHIPPED_PLATFORMS.filter(
    (platform) => findExecutableFault(platform, executableOf(built)) === undefined,
  );
  expect(fitting).toEqual([built]);
});

test.each(SHIPPED_PLATFORMS)('what is no executable is none of %s', (platform) => {
  for (const content of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(4096), Buffer.alloc(4096, 0xff)]) {
    expect(findExecutableFault(platform, content)).toMatch(/^no executable of/);
  }
});

describe('a signature of Apple silicon', () => {
  const fault = (change: (file: Buffer) => unknown): string | undefined => {
    const file = executableOf('darwin_arm64');
    const changed = change(file);
    return findExecutableFault('darwin_arm64', Buffer.isBuffer(changed) ? changed : file);
  };

  test.each([
    ['a changed page', (file: Buffer) => file.writeUInt8(1, 5000), '1 of 3 pages do not fit the signature'],
    [
      'a change in the last, short page',
      (file: Buffer) => file.writeUInt8(1, 10_000),
      '1 of 3 pages do not fit the signature',
    ],
    ['no signature', (file: Buffer) => file.writeUInt32LE(1, 16), 'not signed'],
    ['a signature that is cut off', (file: Buffer) => file.subarray(0, 2.5 * 4096), 'not signed'],
    ['no index', (file: Buffer) => file.writeUInt32BE(0, 2.5 * 4096), 'the signature has no code directory'],
    [
      'code behind what is signed',
      (file: Buffer) => file.writeUInt32BE(8192, 2.5 * 4096 + 20 + 32),
      'the signature covers 8192 of 10240 bytes',
    ],
    [
      'SHA-1',
      (file: Buffer) => file.writeUInt8(1, 2.5 * 4096 + 20 + 37),
      "the signature's hashes are of an unknown type, 1",
    ],
  ])('with %s is refused', (_what, change, expected) => {
    expect(fault(change)).toBe(expected);
  });

  test('is not asked for on Intel, which starts executables without', () => {
    const file = executableOf('darwin_amd64');
    file.writeUInt8(1, 5000);
    expect(findExecutableFault('darwin_amd64', file)).toBeUndefined();
  });
});
