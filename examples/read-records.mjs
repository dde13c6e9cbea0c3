// Who was refused most often: every record is looked at, none is kept.
import { openSources, readRecords } from 'grafana-vpcflow-datasource';

const [location = 'AWSLogs', from = '2026-01-15T10:00:00Z', to = '2026-01-15T11:00:00Z'] = process.argv.slice(2);
const opened = await openSources(location);
const records = readRecords(opened, { range: { from, to }, filter: 'action = REJECT' });
const refused = new Map();
for await (const { srcaddr, packets } of records) {
  refused.set(srcaddr, (refused.get(srcaddr) ?? 0) + (packets ?? 0));
}
const ranked = [...refused].sort(([, a], [, b]) => b - a);
for (const [address, packets] of ranked.slice(0, 3)) {
  console.log(address, packets);
}
const { flows, filtered, noData } = records.tallies();
console.log(`${flows} records passed, ${filtered} did not; ${noData} windows had no traffic`);
opened.close();
