/** One command over more and less of everything: cores, records, objects, groups. */
import { multiplyAnswer } from '../answer';
import { enter } from '../contestants/contestant';
import { ours } from '../contestants/ours';
import { type Corpus, openCorpus } from '../corpora/corpus';
import { COPIES, openTenfold } from '../corpora/derived';
import { openSmallAndLarge, sayObjects } from '../corpora/small-objects';
import { ALL_CORES, type Part, chartOfSeries, definedRatios, divide, peakMbOf, tableOfSeries } from '../part';
import { type Entry, race, recordRateOf } from '../race';
import { findAnswer } from '../reference';

type Id =
  | `${'corpus' | 'tenfold'}/${'1' | '2' | 'all'}`
  | `corpus/worker-${'1' | '2'}`
  | `${'fewer' | 'large' | 'small' | 'few-keys' | 'many-keys'}/1`
  | `${'large' | 'small'}/all`;

export const scalingPart: Part = {
  name: 'scaling',
  async run({ out, records, runs, cores }) {
    const entries: Partial<Record<Id, Entry>> = {};
    const add = (
      id: Id,
      what: string,
      corpus: Corpus,
      expected = findAnswer(corpus),
      { threads = 1, isPinned = true, maxRuns = runs } = {},
    ): void => {
      const how = { threads, ...(isPinned && cores && { pinnedTo: threads }) };
      entries[id] = { ...enter(ours, corpus, expected, how), name: `vpcflow, ${what}`, maxRuns };
    };
    ours.prepare();

    const corpus = await openCorpus(out, { records });
    const expected = findAnswer(corpus);
    add('corpus/1', 'the corpus', corpus, expected);
    const onTwo = { threads: 2 };
    const onAll = { threads: ALL_CORES, isPinned: false };
    if (ALL_CORES >= 2) {
      add('corpus/2', 'the corpus', corpus, expected, onTwo);
      add('corpus/worker-1', 'the corpus', corpus, expected, { isPinned: false });
      add('corpus/worker-2', 'the corpus', corpus, expected, { threads: 2, isPinned: false });
    }
    if (ALL_CORES > 2) {
      add('corpus/all', 'the corpus', corpus, expected, onAll);
    }
    add('fewer/1', 'a tenth of the records', await openCorpus(out, { records: records / 10 }));
    const tenfold = await openTenfold(corpus);
    const tenfoldAnswer = multiplyAnswer(expected, COPIES);
    // Six seconds each.
    const maxRuns = Math.min(runs, 3);
    add('tenfold/1', 'ten times the records', tenfold, tenfoldAnswer, { maxRuns });
    if (ALL_CORES >= 2) {
      add('tenfold/2', 'ten times the records', tenfold, tenfoldAnswer, { ...onTwo, maxRuns });
    }
    if (ALL_CORES > 2) {
      add('tenfold/all', 'ten times the records', tenfold, tenfoldAnswer, { ...onAll, maxRuns });
    }
    const { small, large } = await openSmallAndLarge(out, records);
    for (const [name, one] of [['large', large] as const, ['small', small] as const]) {
      const what = sayObjects(one);
      const answer = findAnswer(one);
      add(`${name}/1`, what, one, answer);
      if (ALL_CORES >= 2) {
        add(`${name}/all`, what, one, answer, onAll);
      }
    }
    add('few-keys/1', '100 groups', await openCorpus(out, { records, keys: 100 }));
    add('many-keys/1', 'every record a group', await openCorpus(out, { records, keys: records }));

    const series = race<Id>(entries, { runs, cores });
    const rateRatio = (a: Id, b: Id) => divide(series.get(a), series.get(b), recordRateOf);
    const tenfolds = [...series].flatMap(([id, one]) => (id.startsWith('tenfold/') ? [one] : []));
    return {
      checked: [`${series.size} runs over more and less of everything gave the right answers.`],
      ...(ALL_CORES < 2 && { skipped: ['two cores: there is one'] }),
      ratios: definedRatios({
        'cores/two': rateRatio('corpus/2', 'corpus/1'),
        'cores/two-tenfold': rateRatio('tenfold/2', 'tenfold/1'),
        'cores/workers': rateRatio('corpus/worker-2', 'corpus/worker-1'),
        'records/fewer': rateRatio('fewer/1', 'corpus/1'),
        'records/tenfold': rateRatio('tenfold/1', 'corpus/1'),
        'memory/tenfold': peakMbOf(tenfolds),
        'objects/small': rateRatio('small/1', 'large/1'),
        'objects/small-all': rateRatio('small/all', 'large/all'),
        'keys/few': rateRatio('few-keys/1', 'corpus/1'),
        'keys/many': rateRatio('many-keys/1', 'corpus/1'),
      }),
      tables: [tableOfSeries('More and less of everything', series.values())],
      charts: [
        chartOfSeries(
          'More and less of everything',
          [...series].flatMap(([id, one]) => (id.includes('worker') ? [] : [one])),
        ),
      ],
    };
  },
};
