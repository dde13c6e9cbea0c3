/**
 * `fields`: the columns of the newest object found in each source, with what the dictionary says of them; with `all=1`
 * also every other documented field, and the names that only queries know.
 */
import type { FieldsAnswer, FieldSummary } from '../../query/resource-answers';
import { FlowError } from '../../errors';
import { fieldOrText, findField, FIELDS } from '../../flow/fields';
import { DERIVED_PORT } from '../../query/field-name';
import { EITHER_SIDE } from '../../query/filter';
import { findNewestObject } from '../../scan/find-newest-object';
import type { OpenedSource } from '../instance';
import { readObjectHead, type ObjectFormat } from '../read-object-head';
import { selectSources } from '../select-sources';
import { readSourceNames } from './flow-query';
import { jsonAnswer, MAX_AGE_SEC, type Resource } from './resource';

/** Sources that are looked into. */
const MAX_SOURCES = 10;
/** Pages of listings per source. */
const MAX_PAGES = 60;

interface FoundFormat {
  readonly source: string;
  readonly key: string;
  readonly columnsFrom: ObjectFormat['columnsFrom'];
  readonly columns: readonly string[];
}

type Looked = FoundFormat | { readonly source: string; readonly error: FlowError } | undefined;

export const FIELDS_RESOURCE: Resource = {
  path: 'fields',
  parameters: ['sources', 'all'],
  takesBody: true,
  async answer({ dataSource, parameters, signal }) {
    const isAll = parameters.flag('all');
    const sources = selectSources(dataSource.sources, readSourceNames(parameters, dataSource));
    const looked = await Promise.all(sources.slice(0, MAX_SOURCES).map((opened) => lookAt(opened, signal)));
    const formats = looked.filter((found) => found !== undefined && 'columns' in found);
    const failures = looked.filter((found) => found !== undefined && 'error' in found);
    if (formats.length === 0 && failures[0] && !isAll) {
      throw failures[0].error;
    }
    const columns = [...new Set(formats.flatMap((format) => format.columns))];
    const others = isAll ? FIELDS.map(({ name }) => name).filter((name) => !columns.includes(name)) : [];
    const derived = isAll ? derivedFields() : [];
    return jsonAnswer(
      {
        fields: [
          ...columns.map((name) => summarise(name, true)),
          ...others.map((name) => summarise(name, false)),
          ...derived,
        ],
        formats,
        isCut: sources.length > MAX_SOURCES,
        problems: failures.map(({ source, error: { code, message } }) => ({ source, code, message })),
      } satisfies FieldsAnswer,
      { maxAgeSec: MAX_AGE_SEC },
    );
  },
};

async function lookAt({ source, settings }: OpenedSource, signal: AbortSignal): Promise<Looked> {
  const { name, columns } = settings;
  try {
    const { newest } = await findNewestObject(source, { signal, maxPages: MAX_PAGES });
    if (newest === undefined) {
      return undefined;
    }
    const format = await readObjectHead(source.store, newest.object, { columns, signal });
    const columnsFrom = newest.object.columnsFrom ?? format.columnsFrom;
    return { source: name, key: newest.object.key, columnsFrom, columns: format.columns };
  } catch (thrown) {
    const error = FlowError.from(thrown);
    if (error.code === 'aborted' || error.code === 'internal') {
      throw error;
    }
    return { source: name, error };
  }
}

function summarise(name: string, isFound: boolean): FieldSummary {
  const { type, role, meaning, version } = fieldOrText(name);
  return { name, type, role, meaning, version, isDocumented: findField(name) !== undefined, isFound };
}

function derivedFields(): readonly FieldSummary[] {
  return Object.entries(EITHER_SIDE).map(([name, [source, target]]): FieldSummary => {
    const isPort = name === DERIVED_PORT;
    const meaning = `${source} or ${target}${isPort ? '; as a key the lower of the two' : ''}`;
    const { type, role, version } = fieldOrText(source);
    const derived = isPort ? (['key', 'filter'] as const) : (['filter'] as const);
    return { name, type, role, version, meaning, isDocumented: false, isFound: false, derived };
  });
}
