// Records added up by conversation in threads, and what two digests of it are together.
import {
  digestRows,
  digestTotals,
  mergeDigests,
  openSources,
  readDigest,
  startThreads,
} from 'grafana-vpcflow-datasource';

const [location = 'AWSLogs'] = process.argv.slice(2);
const opened = await openSources(location);
const threads = startThreads(2);
const keys = ['srcaddr', 'dstaddr', 'port', 'protocol', 'action'];
const halfHour = async (from, to) => (await readDigest(opened, { keys, range: { from, to } }, { threads })).digest;
const first = await halfHour('2026-01-15T10:00:00Z', '2026-01-15T10:30:00Z');
const second = await halfHour('2026-01-15T10:30:00Z', '2026-01-15T11:00:00Z');
const hour = mergeDigests([first, second]);
threads.close();
opened.close();

console.log(`${first.rowCount} and ${second.rowCount} groups, together ${hour.rowCount}`);
console.log(digestTotals(hour, ['bytes', 'flows']));
for (const { keys: key, sums, flows } of digestRows(hour)) {
  if (sums.bytes > 5e7) {
    console.log(`${key.srcaddr} > ${key.dstaddr}:${key.port} ${key.action} ${sums.bytes} bytes, ${flows} records`);
  }
}
