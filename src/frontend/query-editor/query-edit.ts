/** What every part of the editor is given: the query, the ways to change it, and what it is changed with. */
import type { TimeRange } from '@grafana/data';
import type { View } from '../../query/model';
import type { SavedQuery } from '../saved-query';
import type { EditedDataSource } from './edited-data-source';

/** The editing of one query. */
export interface QueryEdit {
  readonly query: SavedQuery;
  readonly view: View;
  readonly dataSource: EditedDataSource;
  readonly range: TimeRange;
  /** Names of the dashboard's variables, without `$`. */
  readonly variables: readonly string[];
  /** Sets a member; `undefined` brings back its default. */
  readonly set: <K extends keyof SavedQuery>(member: K, value: SavedQuery[K]) => void;
  /** Runs the query as it was last changed. */
  readonly run: () => void;
}
