/** Counting once, as plainly as can be: all lines at once, each as its cells by column. */

type Cells = Readonly<Record<string, string | undefined>>;

/** Whether a line counts: at its sender's interface if that is logged, else where it was seen. REJECT always does. */
export function tellOnce(lines: readonly Cells[]): (line: Cells) => boolean {
  const byInterface = new Map<string, Cells[]>();
  for (const line of lines.filter((cells) => cells['log-status'] === 'OK')) {
    const own = byInterface.get(line['interface-id']!) ?? [];
    byInterface.set(line['interface-id']!, own);
    own.push(line);
  }
  const addresses = new Map([...byInterface].map(([id, own]) => [id, addressesOf(own)]));
  const logged = new Set([...addresses.values()].flatMap((own) => [...own]));
  return (line) =>
    line['action'] === 'REJECT' ||
    addresses.get(line['interface-id']!)?.has(line['srcaddr']!) === true ||
    !logged.has(line['srcaddr']!);
}

/** The addresses of an interface: by direction, or the private one that all its lines have. */
function addressesOf(lines: readonly Cells[]): ReadonlySet<string> {
  const isDirected = lines.every((line) => line['flow-direction'] !== undefined);
  if (isDirected) {
    return new Set(lines.map((line) => line[line['flow-direction'] === 'egress' ? 'srcaddr' : 'dstaddr']!));
  }
  const isPrivate = (address: string): boolean => /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\.|:/.test(address);
  const all = new Set(lines.flatMap(({ srcaddr, dstaddr }) => [srcaddr!, dstaddr!]));
  const common = [...all].filter((address) =>
    lines.every(({ srcaddr, dstaddr }) =>
      srcaddr!.includes(':') !== address.includes(':') ? true : address === srcaddr || address === dstaddr,
    ),
  );
  const own = common.filter(isPrivate);
  return new Set(own);
}
