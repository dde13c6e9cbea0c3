/**
 * Which fields say the same of a flow wherever it was recorded. All others (the interface, its account, VPC, subnet, tags …,
 * the direction as seen from it) say something of where a record was made, so that the records of a flow's two ends differ
 * in them.
 */

const OF_THE_FLOW: ReadonlySet<string> = new Set([
  ...['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes', 'start', 'end', 'action'],
  ...['tcp-flags', 'type', 'pkt-srcaddr', 'pkt-dstaddr', 'pkt-src-aws-service', 'pkt-dst-aws-service'],
  ...['encryption-status', 'reject-reason'],
]);

/** Whether a field, which may be one that the dictionary does not know, tells where a flow was recorded. */
export function tellsRecorder(name: string): boolean {
  return !OF_THE_FLOW.has(name);
}
