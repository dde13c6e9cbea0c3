/** Everyone over the same corpus: on one core, with one worker wherever it may run, and on all cores. */
import { type Contestant, enter } from '../contestants/contestant';
import { duckdb } from '../contestants/duckdb';
import { flowlogsReader } from '../contestants/flowlogs-reader';
import { goVpcflow } from '../contestants/go-vpcflow';
import { gzip, igzip } from '../contestants/gzip';
import { ours } from '../contestants/ours';
import { openCorpus } from '../corpora/corpus';
import { ALL_CORES, type Part, chartOfSeries, definedRatios, divide, peakMbOf, tableOfSeries } from '../part';
import { type Entry, type Series, race, wallSecOf } from '../race';
import { findAnswer } from '../reference';

type Id = `${'core' | 'worker' | 'all'}/${'gzip' | 'igzip' | 'ours' | 'duckdb' | 'go-vpcflow' | 'flowlogs-reader'}`;

export const contestantsPart: Part = {
  name: 'contestants',
  async run({ out, records, runs, cores, goVpcflow: goPath }) {
    const corpus = await openCorpus(out, { records });
    const expected = findAnswer(corpus);
    const skipped: string[] = [];
    const versions: string[] = [];
    const entries: Partial<Record<Id, Entry>> = {};
    const add = (name: string, contestant: Contestant, isThreaded: boolean): void => {
      const found = contestant.prepare();
      if ('absent' in found) {
        skipped.push(`${contestant.name}: ${found.absent}`);
        return;
      }
      versions.push(found.version);
      const enterAs = (how: string, threads: number, pinnedTo?: number) => {
        entries[`${how}/${name}` as Id] = enter(contestant, corpus, expected, {
          threads,
          ...(pinnedTo !== undefined && cores && { pinnedTo }),
        });
      };
      enterAs('core', 1, 1);
      if (isThreaded) {
        enterAs('worker', 1);
        enterAs('all', ALL_CORES);
      }
    };
    add('gzip', gzip, false);
    add('igzip', igzip, false);
    add('ours', ours, true);
    add('duckdb', duckdb, true);
    add('go-vpcflow', goVpcflow(goPath), false);
    add('flowlogs-reader', flowlogsReader, false);

    const series = race<Id>(entries, { runs, cores });
    const timeRatio = (a: Id, b: Id) => divide(series.get(a), series.get(b), wallSecOf);
    const mine = (['core/ours', 'worker/ours', 'all/ours'] as const).flatMap((id) => series.get(id) ?? []);
    const withHow = (how: string): Series[] => [...series].flatMap(([id, one]) => (id.startsWith(how) ? [one] : []));
    return {
      checked: [
        `${series.size} ways to digest ${corpus.records.toLocaleString('en')} records gave the right answer: ` +
          `${expected.groups.toLocaleString('en')} groups.`,
      ],
      skipped,
      versions,
      ratios: definedRatios({
        'one-core/gzip': timeRatio('core/ours', 'core/gzip'),
        'one-core/igzip': timeRatio('core/ours', 'core/igzip'),
        'one-core/duckdb': timeRatio('core/ours', 'core/duckdb'),
        'one-core/go-vpcflow': timeRatio('core/ours', 'core/go-vpcflow'),
        'one-core/flowlogs-reader': timeRatio('core/ours', 'core/flowlogs-reader'),
        'one-worker/gzip': timeRatio('worker/ours', 'core/gzip'),
        'one-worker/duckdb': timeRatio('worker/ours', 'worker/duckdb'),
        'all-cores/gzip': timeRatio('all/ours', 'core/gzip'),
        'all-cores/duckdb': timeRatio('all/ours', 'all/duckdb'),
        'memory/corpus': peakMbOf(mine),
      }),
      tables: [
        tableOfSeries(
          `${corpus.records.toLocaleString('en')} records, ${corpus.files.length} objects, ` +
            `${(corpus.textBytes / 1e6).toFixed(0)} MB of text, ${(corpus.storedBytes / 1e6).toFixed(0)} MB gzip, ` +
            `${expected.groups.toLocaleString('en')} groups`,
          series.values(),
          series.get('core/gzip'),
        ),
      ],
      charts: [chartOfSeries('One core', withHow('core/')), chartOfSeries(`All cores (${ALL_CORES})`, withHow('all/'))],
    };
  },
};
