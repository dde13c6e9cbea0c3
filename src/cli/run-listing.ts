/**
 * Commands that only list: the plan of a query and the completeness of logs.
 */
import { FlowError } from '../errors';
import { measureCompleteness } from '../scan/measure-completeness';
import { selectObjects } from '../scan/select-objects';
import { createProblemList } from '../scan/selection';
import { EXIT, readNow } from './cli-context';
import type { CliContext } from './cli-context';
import { openLocations } from './open-locations';
import { queryFromOptions } from './options';
import type { Options } from './options';
import type { Format } from './print-answer';
import { printCompleteness } from './print-completeness';
import { isIncomplete, printOmissions, printPlan } from './print-summary';
import { writePieces } from './write-pieces';

/** Prints what a query would list and read; resolves to the exit code. */
export async function runPlan(locations: readonly string[], options: Options, context: CliContext): Promise<number> {
  // A plan reads nothing: it shows what a limit would refuse.
  const unlimited = { maxObjects: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  const query = queryFromOptions('digest', { ...options, ...unlimited }, readNow(context));
  const opened = await openLocations(locations, options, context);
  try {
    const problems = createProblemList();
    const selecting = selectObjects(opened.sources, query, { signal: context.signal, problems });
    for await (const object of selecting.objects) {
      void object;
    }
    const selection = selecting.selection();
    const output =
      options.format === 'json'
        ? [JSON.stringify({ ...selection, problems: problems.all() }, null, 2) + '\n']
        : printPlan(selection, problems.all());
    await writePieces(output, context.stdout);
    return isIncomplete({ selection, problems: problems.all() }) ? EXIT.incomplete : EXIT.ok;
  } finally {
    opened.close();
  }
}

/** Prints whether the logs are there; resolves to the exit code. */
export async function runCompleteness(
  locations: readonly string[],
  options: Options,
  context: CliContext,
): Promise<number> {
  if (options.filter !== undefined) {
    throw new FlowError('bad-query', 'cannot use --filter: completeness reads no records');
  }
  const nowMs = readNow(context);
  const from = options.from ?? (options.to === undefined ? 'now-1d' : undefined);
  const query = queryFromOptions('digest', { ...options, from }, nowMs);
  const opened = await openLocations(locations, options, context);
  try {
    const result = await measureCompleteness(query, opened.sources, { nowMs, signal: context.signal });
    await writePieces(printCompleteness(result, options.format as Format), context.stdout);
    context.stderr.write([...printOmissions(result)].join(''));
    return isIncomplete(result) || result.completeness.leftOutObjects > 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    opened.close();
  }
}
