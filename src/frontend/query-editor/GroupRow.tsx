import { EditorField, EditorRow } from '@grafana/plugin-ui';
import { useId } from 'react';
import { defaultKeys, type GroupedView } from '../../query/model';
import { DEFAULT_AT_LEAST, DEFAULT_SIGMAS, DEFAULT_TOP } from '../../query/normalise';
import { MAX_TOP } from '../../query/query-schema';
import { BucketField } from './BucketField';
import { ChoiceField } from './ChoiceField';
import { DraftInput } from './DraftInput';
import { FieldPicker } from './FieldPicker';
import { MeasureField } from './MeasureField';
import { MultiPicker } from './MultiPicker';
import type { QueryEdit } from './query-edit';
import { findCountProblem, findNumberProblem } from './read-inputs';
import type { KnownFields } from './useFields';

interface RowProps {
  readonly edit: QueryEdit;
  readonly known: KnownFields;
}

/** What records are added up by, and how much of that is shown. */
export function GroupRow({ edit, known, view }: RowProps & { readonly view: GroupedView }) {
  return (
    <EditorRow>
      {view === 'graph' && <NodesFields edit={edit} />}
      {view !== 'graph' && view !== 'stat' && (
        <KeysField edit={edit} known={known} defaults={defaultKeys(view, edit.query.logType)} />
      )}
      {view === 'table' && <DistinctField edit={edit} known={known} />}
      {view === 'events' && <EventFields edit={edit} />}
      <MeasureField edit={edit} view={view} />
      {view === 'series' && <SeriesFields edit={edit} />}
      {(view === 'series' || view === 'events' || view === 'digest') && <BucketField edit={edit} />}
      {view !== 'stat' && view !== 'digest' && (
        <TopField edit={edit} label={view === 'graph' ? 'Top nodes' : 'Top'} defaultTop={DEFAULT_TOP[view]} />
      )}
    </EditorRow>
  );
}

/** Which records are shown, and what of them. */
export function RecordsRow({ edit, known }: RowProps) {
  const { query, variables, set, run } = edit;
  return (
    <EditorRow>
      <FieldPicker
        label="Columns"
        tooltip="In this order. Without any, the columns of each log's own format."
        place="columns"
        values={query.fields ?? []}
        {...{ ...known, variables, onOpen: known.start, onDone: run }}
        placeholder="All that the logs have"
        onChange={(names) => set('fields', [...names])}
      />
      <ChoiceField
        label="Order"
        value={query.order ?? 'newest'}
        options={[
          { value: 'newest', label: 'Newest first' },
          { value: 'oldest', label: 'Oldest first' },
        ]}
        onChange={(order) => {
          set('order', order);
          run();
        }}
      />
      <TopField edit={edit} label="Records" defaultTop={DEFAULT_TOP.records} />
    </EditorRow>
  );
}

/** What is grouped by; without any field there is one total. */
export function KeysField({ edit, known, defaults }: RowProps & { readonly defaults: readonly string[] | undefined }) {
  const { query, variables, set, run } = edit;
  return (
    <FieldPicker
      label="Group by"
      tooltip="One group for each combination, labelled in this order. Without any field there is one total."
      place="keys"
      values={query.keys ?? defaults ?? []}
      {...{ ...known, variables, onOpen: known.start, onDone: run }}
      placeholder={defaults ? 'Nothing: one total' : 'What places an address (default)'}
      onChange={(names) => {
        const isDefault = JSON.stringify(names) === JSON.stringify(defaults ?? []);
        set('keys', isDefault ? undefined : [...names]);
      }}
    />
  );
}

/** What is counted besides: at how many ports a source was. */
function DistinctField({ edit, known }: RowProps) {
  const { query, variables, set, run } = edit;
  return (
    <FieldPicker
      label="Count distinct"
      tooltip="How many distinct values (of several fields: combinations) each group has, and the largest groups by that. By srcaddr, the ports of a scan."
      place="keys"
      values={query.distinct ?? []}
      {...{ ...known, variables, onOpen: known.start, onDone: run }}
      placeholder="Nothing"
      onChange={(names) => set('distinct', names.length === 0 ? undefined : [...names])}
    />
  );
}

function NodesFields({ edit: { query, variables, set, run } }: Pick<RowProps, 'edit'>) {
  const id = useId();
  return (
    <>
      <ChoiceField
        label="Nodes"
        tooltip="Groups: VPCs, subnets, address ranges, AWS services, the internet. Hosts: single addresses."
        // As the backend has it for a panel.
        value={query.nodes ?? 'groups'}
        options={[
          { value: 'groups', label: 'Groups' },
          { value: 'hosts', label: 'Hosts' },
        ]}
        onChange={(nodes) => {
          set('nodes', nodes);
          run();
        }}
      />
      {query.nodes !== 'hosts' && (
        <EditorField
          label="Open groups"
          htmlFor={id}
          tooltip="Ids of groups to show one level deeper. The menu of a node opens its group."
        >
          <MultiPicker
            inputId={id}
            label="Open groups"
            values={query.expand ?? []}
            options={variables.map((name) => ({ value: `$${name}`, label: `$${name}`, description: 'variable' }))}
            placeholder="None"
            emptyMessage="Type the id of a group"
            readCustom={(text) => (text.trim() === '' ? [] : [text.trim()])}
            onChange={(ids) => set('expand', [...ids])}
            onDone={run}
          />
        </EditorField>
      )}
    </>
  );
}

function SeriesFields({ edit: { query, set, run } }: Pick<RowProps, 'edit'>) {
  return (
    <>
      <ChoiceField
        label="Unit"
        tooltip="Rate: per second, the same for every bucket length. Total: per bucket."
        value={query.unit ?? 'total'}
        options={[
          { value: 'rate', label: 'Rate' },
          { value: 'total', label: 'Total' },
        ]}
        onChange={(unit) => {
          set('unit', unit);
          run();
        }}
      />
      <ChoiceField
        label="Empty buckets"
        value={query.fill ?? 'zero'}
        options={[
          { value: 'zero', label: 'Zero' },
          { value: 'null', label: 'Gap' },
        ]}
        onChange={(fill) => {
          set('fill', fill);
          run();
        }}
      />
    </>
  );
}

function EventFields({ edit: { query, set, run } }: Pick<RowProps, 'edit'>) {
  const { kind = 'bursts', sigmas, atLeast } = query;
  return (
    <>
      <ChoiceField
        label="Kind"
        tooltip="Bursts: buckets far above what is usual for their group. New: groups that were not there at the beginning."
        value={kind}
        options={[
          { value: 'bursts', label: 'Bursts' },
          { value: 'new', label: 'New' },
        ]}
        onChange={(next) => {
          set('kind', next);
          run();
        }}
      />
      {kind === 'bursts' && (
        <DraftInput
          label="Sigmas"
          tooltip="How many standard deviations above the mean of the group's other buckets."
          value={sigmas === undefined ? '' : String(sigmas)}
          placeholder={String(DEFAULT_SIGMAS)}
          width={8}
          findProblem={(text) => findNumberProblem(text, { min: 0, max: 100, isWhole: false })}
          onCommit={(text) => set('sigmas', text === '' ? undefined : Number(text))}
          onRun={run}
        />
      )}
      <DraftInput
        label="At least"
        tooltip="Smaller ones are no event, however unusual."
        value={atLeast === undefined ? '' : String(atLeast)}
        placeholder={String(DEFAULT_AT_LEAST)}
        width={10}
        findProblem={(text) => findNumberProblem(text, { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: false })}
        onCommit={(text) => set('atLeast', text === '' ? undefined : Number(text))}
        onRun={run}
      />
    </>
  );
}

interface TopFieldProps {
  readonly edit: QueryEdit;
  readonly label: string;
  readonly defaultTop: number;
}

function TopField({ edit: { query, set, run }, label, defaultTop }: TopFieldProps) {
  return (
    <DraftInput
      label={label}
      tooltip={
        label === 'Records'
          ? 'Most records shown.'
          : 'The largest by the first measure; the rest is added up as Other. A number or a variable.'
      }
      value={query.top === undefined ? '' : String(query.top)}
      placeholder={String(defaultTop)}
      width={10}
      findProblem={(text) => findCountProblem(text, { min: 1, max: MAX_TOP })}
      onCommit={(text) => set('top', text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : text)}
      onRun={run}
    />
  );
}
