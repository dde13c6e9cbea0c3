/**
 * Real files against what they should give. `<file>.expected.json` changes only by
 * `UPDATE_GOLDEN=1 npx jest tests/unit/digest/golden`, never in CI, and is to be read before it is kept.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../../src/digest/digester';
import type { Plan } from '../../../src/digest/plan';
import { FlowError } from '../../../src/errors';
import { fieldOrText } from '../../../src/flow/fields';
import { parseHeader } from '../../../src/flow/header';
import { logTypeOf } from '../../../src/flow/log-type';
import { parseObjectKey } from '../../../src/flow/object-key';
import { footerLength, isParquet, parseFooter } from '../../../src/parquet/footer';
import { createDigestSession } from '../../../src/scan/digest-session';
import { readDigest } from '../../helpers/reference-digester';
import { asDigest, planOf } from './digest-text';

const DIRECTORY = join(__dirname, '../../golden/samples');
const EXPECTED = '.expected.json';
/** As many files as there are samples: a directory that is not found, or a file that is lost, shows. */
const CASE_COUNT = 17;

const names = readdirSync(DIRECTORY).filter((name) => !name.endsWith(EXPECTED) && name !== 'SOURCES.md');

/** The object in a sample, and its key if the sample says. */
function readSample(name: string): { bytes: Uint8Array; key?: string } {
  const bytes = readFileSync(join(DIRECTORY, name));
  if (!name.endsWith('.tsv')) {
    return { bytes: new Uint8Array(bytes) };
  }
  const [key, body] = bytes.toString().split('\t');
  return { bytes: new Uint8Array(Buffer.from(body!)), key };
}

async function digestSample(plan: Plan, bytes: Uint8Array, chunkBytes?: number): Promise<Answer> {
  const session = createDigestSession(plan, { maxObjectTextBytes: 2 ** 20 });
  if (chunkBytes === undefined) {
    await session.addWhole({}, bytes);
  } else {
    await session.addChunks({}, cut(bytes, chunkBytes));
  }
  return session.finish();
}

async function* cut(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    yield bytes.slice(at, at + chunkBytes);
  }
}

/** Rows as objects without the cells that are missing, and the tallies that are not zero. */
function describeAnswer(answer: Answer): unknown {
  const digest = asDigest(answer);
  const { rows } = readDigest(digest);
  return {
    rows: rows.map(({ keys, flows, sums, minStartSec, maxEndSec }) => ({
      ...Object.fromEntries(
        digest.keys.map(({ name }, i) => [name, keys[i]] as const).filter(([, value]) => value !== null),
      ),
      flows,
      sums,
      ...(minStartSec === Infinity ? {} : { start: minStartSec }),
      ...(maxEndSec === -Infinity ? {} : { end: maxEndSec }),
    })),
    tallies: Object.fromEntries(Object.entries(digest.tallies).filter(([, count]) => count !== 0)),
  };
}

/** What a sample gives: the default digest, and one by every key its header names, with all that can be added up. */
async function describeSample(name: string, chunkBytes?: number): Promise<unknown> {
  const { bytes } = readSample(name);
  try {
    const columns = isParquet(bytes)
      ? parseFooter(footerOf(bytes), bytes.length).columns.map((column) => column.name)
      : parseHeader(Buffer.from(bytes).toString().split('\n')[0]!);
    return {
      default: describeAnswer(await digestSample(planOf({ logType: logTypeOf(columns ?? []) }), bytes, chunkBytes)),
      ...(columns && { everyKey: describeAnswer(await digestSample(planByEveryKey(columns), bytes, chunkBytes)) }),
    };
  } catch (thrown) {
    if (!(thrown instanceof FlowError)) {
      throw thrown;
    }
    expect(thrown.code).toBe('corrupt-object');
    return { refused: thrown.message };
  }
}

function footerOf(file: Uint8Array): Uint8Array {
  return file.subarray(file.length - footerLength(file.subarray(-8), file.length));
}

/** More keys than a query may name. */
function planByEveryKey(columns: readonly string[]): Plan {
  const sums = columns.filter((name) => fieldOrText(name).role === 'sum');
  const plan = planOf({ logType: 'all', portRule: 'as-logged', measures: ['bytes', ...sums] });
  const keys = columns.filter((name) => fieldOrText(name).role === 'key');
  return { ...plan, keys: keys.map((name) => ({ name, kind: fieldOrText(name).type })) } as Plan;
}

describe('golden samples', () => {
  it(`are ${CASE_COUNT}`, () => {
    expect(names).toHaveLength(CASE_COUNT);
  });

  it('have no expectations left over', () => {
    const expected = readdirSync(DIRECTORY).filter((name) => name.endsWith(EXPECTED));
    expect(expected.sort()).toEqual(names.map((name) => name + EXPECTED).sort());
  });

  it.each(names)('%s', async (name) => {
    const path = join(DIRECTORY, name + EXPECTED);
    const actual = await describeSample(name);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      if (process.env['CI']) {
        throw new Error('golden files are not updated in CI: unset UPDATE_GOLDEN');
      }
      writeFileSync(path, `${JSON.stringify(actual, null, 2)}\n`);
    }
    if (!existsSync(path)) {
      throw new Error(`no golden file ${path}: look at the output, then make it with UPDATE_GOLDEN=1`);
    }
    expect(actual).toEqual(JSON.parse(readFileSync(path, 'utf8')));
    // In whatever pieces it comes.
    expect(await describeSample(name, 7)).toEqual(actual);
  });

  it("holds a record outside its object's five minutes", async () => {
    const { bytes, key } = readSample('opensearch-catalog_key_and_body.tsv');
    const parsed = parseObjectKey(key!);
    expect(parsed).toMatchObject({
      prefix: '',
      accountId: '111111111111',
      region: 'us-east-2',
      flowLogId: 'fl-023c6afa025ee5a04',
      stampSec: Date.UTC(2023, 0, 28, 9, 30) / 1000,
      format: 'text',
    });
    const digest = asDigest(await digestSample(planOf(), bytes));
    expect(digest.tallies.flows).toBe(1);
    expect(digest.maxEndSec[0]).toBeGreaterThanOrEqual(parsed!.stampSec + 300);
  });
});
