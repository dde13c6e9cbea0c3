/** Which executables there are, what Grafana calls them, and how to tell that a file is what its name says. */
import { checkMachSignature } from './mach-signature';

/** `<os>_<arch>` in Go's names, as Grafana appends them to plugin.json's `executable`. */
export type Platform = (typeof SHIPPED_PLATFORMS)[number];

/** Every platform that the archive serves. */
export const SHIPPED_PLATFORMS = [
  'linux_amd64',
  'linux_arm64',
  'darwin_amd64',
  'darwin_arm64',
  'windows_amd64',
] as const;

/** What is compiled: the executable's entry, then those of threads, which have to be entries of their own. */
export const ENTRIES = ['src/main.ts', 'src/scan/worker.ts', 'src/plugin/answer-worker.ts'] as const;

/** plugin.json's `executable`. */
export const EXECUTABLE = 'gpx_vpcflow';

/** The file that Grafana starts on a platform. */
export function executableName(platform: string): string {
  return `${EXECUTABLE}_${platform}${platform.startsWith('windows') ? '.exe' : ''}`;
}

/** Where an executable format keeps the machine it is for, and that machine's number (ELF, Mach-O and PE specifications). */
const ELF = { magic: 0x464c457f, machineAt: 0x12, machine: { amd64: 0x3e, arm64: 0xb7 } };
const MACH_O = { magic: 0xfeedfacf, machineAt: 4, machine: { amd64: 0x07, arm64: 0x0c } };
const PE = { magic: 0x4550, machineAt: 4, machine: { amd64: 0x8664, arm64: 0xaa64 } };
const FORMATS: Readonly<Record<string, typeof ELF>> = { linux: ELF, darwin: MACH_O, windows: PE };

/**
 * Says what keeps `content` from being an executable of `platform`; undefined if nothing does. A wrong file under the
 * right name would only show as "exec format error" on somebody else's machine.
 */
export function findExecutableFault(platform: Platform, content: Buffer): string | undefined {
  const [os, arch] = platform.split('_') as [string, 'amd64' | 'arm64'];
  const { magic, machineAt, machine } = FORMATS[os]!;
  // A PE file begins with a DOS header that says where its own begins.
  const start = os === 'windows' && content.length > 0x40 ? content.readUInt32LE(0x3c) : 0;
  if (content.length < start + 0x20 || content.readUInt32LE(start) !== magic) {
    return `no executable of ${os}`;
  }
  if (content.readUInt16LE(start + machineAt) !== machine[arch]) {
    return `not for ${arch}`;
  }
  // Apple silicon starts nothing without a valid signature; Intel does.
  return platform === 'darwin_arm64' ? checkMachSignature(content) : undefined;
}
