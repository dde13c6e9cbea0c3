/** Other questions than the default, and other forms of the logs, each against the default over the same records. */
import type { Answer } from '../answer';
import { enter } from '../contestants/contestant';
import { differencesOfOnce, enterQuestion, ours, readBytesOf, tableCommand } from '../contestants/ours';
import { type Corpus, openCorpus } from '../corpora/corpus';
import { openIpv6, openWide } from '../corpora/derived';
import { type Part, chartOfSeries, definedRatios, divide, tableOfSeries } from '../part';
import { FILTER_QUESTION, KEY_QUESTION, type Question } from '../questions';
import { type Entry, type Series, byteRateOf, race, recordRateOf, wallSecOf } from '../race';
import { findAnswer } from '../reference';

type Id = 'default' | 'filter' | 'key' | 'once' | 'ipv6' | 'wide' | 'parquet';

export const queriesPart: Part = {
  name: 'queries',
  async run({ out, records, runs, cores }) {
    ours.prepare();
    const corpus = await openCorpus(out, { records });
    const ipv6 = await openIpv6(corpus);
    const wide = await openWide(corpus);
    const how = { threads: 1, ...(cores && { pinnedTo: 1 }) };
    const expected = findAnswer(corpus);
    const ask = (what: string, question: Question): Entry =>
      enterQuestion(`vpcflow, ${what}`, question, corpus, findAnswer(corpus, question), how);
    const read = (what: string, one: Corpus, answer: Answer): Entry => ({
      ...enter(ours, one, answer, how),
      name: `vpcflow, ${what}`,
    });
    const once: Entry = {
      ...{ name: 'vpcflow, another key, counted once', corpus, ...how },
      command: tableCommand(corpus.folder, how.threads, KEY_QUESTION, 'once'),
      differences: (stdout) => differencesOfOnce(corpus.records, stdout),
    };
    const series = race<Id>(
      {
        default: read('the default', corpus, expected),
        filter: ask('a filter of five fields', FILTER_QUESTION),
        key: ask('another key', KEY_QUESTION),
        once,
        ipv6: read('IPv6', ipv6, findAnswer(ipv6)),
        // The same records with more columns: the same answer.
        wide: read('29 columns', wide.text, expected),
        parquet: read('29 columns, Parquet', wide.parquet, expected),
      },
      { runs, cores },
    );
    const ratioOf = (a: Id, b: Id, of: (series: Series) => number) => divide(series.get(a), series.get(b), of);
    const bytesReadOf = ({ runs: [first] }: Series): number => readBytesOf(first!.stdout);
    return {
      checked: [`${series.size} questions and forms of logs gave the right answers.`],
      ratios: definedRatios({
        'query/filter': ratioOf('filter', 'default', wallSecOf),
        'query/key': ratioOf('key', 'default', wallSecOf),
        'query/once': ratioOf('once', 'default', wallSecOf),
        'format/ipv6': ratioOf('ipv6', 'default', byteRateOf),
        'format/wide': ratioOf('wide', 'default', byteRateOf),
        'format/parquet': ratioOf('parquet', 'wide', recordRateOf),
        'format/parquet-bytes': ratioOf('parquet', 'wide', bytesReadOf),
      }),
      tables: [
        tableOfSeries(
          'Other questions and formats',
          series.values(),
          undefined,
          'MB/s are of text, of Parquet those that its records would be as text. Counting each byte once is what tables ' +
            'and series do unless they are told otherwise; here it leaves out the second record of most flows.',
        ),
      ],
      charts: [chartOfSeries('Other questions and formats', series.values())],
    };
  },
};
