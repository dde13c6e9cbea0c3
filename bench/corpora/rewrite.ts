/** Texts of default-format records in other forms: of IPv6, and with all columns of version 5. */
import { FIELDS } from '../../src/flow/fields';
import { mixBits } from '../../tools/random';

/** The 29 columns of version 5. */
export const WIDE_COLUMNS = FIELDS.filter(({ version }) => version <= 5);

/** The same text with IPv6 addresses, as long as AWS's own, in the records of seven interfaces in eight. */
export function toIpv6(text: string): string {
  return mapRecords(text, (cells) => {
    if (kindOf(cells) % 8 > 0) {
      cells[3] = ipv6From(cells[3]!);
      cells[4] = ipv6From(cells[4]!);
    }
    return cells;
  }).join('\n');
}

/** The records with the fields of versions 3 to 5 behind them, as likely as not for their interface. */
export function toWideRows(text: string): readonly (readonly string[])[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const cells = line.split(' ');
      const [, , eni, srcaddr, dstaddr, srcport, dstport, protocol] = cells as [string, ...string[]] & string[];
      const kind = kindOf(cells);
      return [
        ...cells,
        ...[`vpc-0${hex(kind % 3)}`, `subnet-0${hex(kind % 9)}`, kind % 4 > 0 ? `i-0${eni!.slice(4, 20)}` : '-'],
        ...[protocol === '6' ? ['0', '2', '3', '18', '19'][Number(srcport) % 5]! : '0', 'IPv4', srcaddr!, dstaddr!],
        ...['eu-central-1', `euc1-az${(kind % 3) + 1}`, '-', '-'],
        ...[Number(srcport) % 13 > 0 ? '-' : 'AMAZON', Number(dstport) % 17 > 0 ? '-' : 'S3'],
        ...(kind % 2 > 0 ? ['ingress', '-'] : ['egress', '8']),
      ];
    });
}

/** One text of several, with the first one's header line. */
export function joinTexts(texts: readonly string[]): string {
  return texts.map((text, index) => (index === 0 ? text : text.slice(text.indexOf('\n') + 1))).join('');
}

function mapRecords(text: string, map: (cells: string[]) => readonly string[]): string[] {
  return text
    .split('\n')
    .map((line) => (line === '' || line.startsWith('version ') ? line : map(line.split(' ')).join(' ')));
}

/** What an interface is like, 0 to 65535. */
function kindOf(cells: readonly string[]): number {
  return Number.parseInt(cells[2]!.slice(-4), 16);
}

/** A different one for each IPv4 address, in its shortest form; what is IPv6 stays. */
function ipv6From(address: string): string {
  if (address.includes(':')) {
    return address;
  }
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const bits = mixBits(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
  const groups = [(a << 8) | b, (c << 8) | d, (bits >>> 16) | 0x1000, (bits & 0xffff) | 0x1000, 0x9df1, 0x2d61];
  return `2600:1f18:${groups.map((group) => group.toString(16)).join(':')}`;
}

function hex(number: number): string {
  return (number + 16).toString(16).repeat(8);
}
