import { EditorRow, QueryOptionGroup } from '@grafana/plugin-ui';
import { COUNTINGS, LOG_TYPES, type Limits } from '../../query/model';
import { DEFAULT_CANVAS } from '../../query/normalise';
import { BYTES, SECONDS } from '../config-editor/quantity';
import { hasMember } from '../../query/query-schema';
import { ChoiceField } from './ChoiceField';
import { COUNTING_NAMES, describeOptions, hasPortRule, LOG_TYPE_NAMES } from './describe-options';
import { DraftInput } from './DraftInput';
import { KeysField } from './GroupRow';
import type { QueryEdit } from './query-edit';
import { findDurationProblem, findNumberProblem, readDuration } from './read-inputs';
import type { KnownFields } from './useFields';

const MAX_SETTLE_SEC = 7 * 86_400;
const PIXELS = { min: 200, max: 20_000 };

interface OptionsRowProps {
  readonly edit: QueryEdit;
  readonly known: KnownFields;
}

/** What is rarely touched, folded away behind a summary. */
export function OptionsRow({ edit, known }: OptionsRowProps) {
  const { query, view, set, run } = edit;
  return (
    <EditorRow>
      <QueryOptionGroup title="Options" collapsedInfo={[...describeOptions(query)]}>
        <DraftInput
          label="Settle delay"
          tooltip="Logs come late: leave out this much before now. Rules that set none have the delay of the data source."
          value={query.settleSec === undefined ? '' : SECONDS.format(query.settleSec)}
          placeholder="default"
          findProblem={(text) => findDurationProblem(text, { min: 0, max: MAX_SETTLE_SEC })}
          onCommit={(text) => set('settleSec', text === '' ? undefined : readDuration(text))}
          onRun={run}
        />
        <LimitFields edit={edit} />
        {hasMember(view, 'logType') && <LogTypeFields edit={edit} />}
        {hasPortRule(view) && (
          <ChoiceField
            label="Ports"
            tooltip="The lower of a flow's two ports is usually the service; the other one changes with every connection."
            value={query.portRule ?? 'lower'}
            options={[
              { value: 'lower', label: 'The lower' },
              { value: 'as-logged', label: 'Both as logged' },
            ]}
            onChange={(rule) => {
              set('portRule', rule === 'lower' ? undefined : rule);
              run();
            }}
          />
        )}
        {view === 'graph' && (
          <>
            <KeysField edit={edit} known={known} defaults={undefined} />
            {(['widthPx', 'heightPx'] as const).map((side) => (
              <DraftInput
                key={side}
                label={side === 'widthPx' ? 'Canvas width' : 'Canvas height'}
                tooltip="The size that nodes are placed for."
                value={query[side] === undefined ? '' : String(query[side])}
                placeholder={String(DEFAULT_CANVAS[side])}
                suffix="px"
                findProblem={(text) => findNumberProblem(text, PIXELS)}
                onCommit={(text) => set(side, text === '' ? undefined : Number(text))}
                onRun={run}
              />
            ))}
          </>
        )}
      </QueryOptionGroup>
    </EditorRow>
  );
}

/** Which flow logs count, how often a flow counts, and which of a transit gateway's two records of it. */
function LogTypeFields({ edit: { query, view, set, run } }: Pick<OptionsRowProps, 'edit'>) {
  const chosen = query.logType ?? 'default';
  return (
    <>
      <ChoiceField
        label="Flow logs"
        tooltip="Transit gateways see again what the interfaces in VPCs have seen: all together count bytes twice. Without a choice: VPCs, or transit gateways where a field is named that only those have."
        value={chosen}
        options={[
          { value: 'default', label: 'Default' },
          ...LOG_TYPES.map((value) => ({ value, label: LOG_TYPE_NAMES[value] })),
        ]}
        onChange={(next) => {
          set('logType', next === 'default' ? undefined : next);
          run();
        }}
      />
      {(chosen === 'default' || chosen === 'vpc') && hasMember(view, 'counting') && (
        <ChoiceField
          label="Counting"
          tooltip="A flow between two logged interfaces is recorded at both. Each byte once: at its sender's interface where that is logged, else where it was seen. Without a choice: once, but as logged in a digest and where a field is named that tells interfaces apart."
          value={query.counting ?? 'default'}
          options={[
            { value: 'default', label: 'Default' },
            ...COUNTINGS.map((value) => ({ value, label: COUNTING_NAMES[value] })),
          ]}
          onChange={(next) => {
            set('counting', next === 'default' ? undefined : next);
            run();
          }}
        />
      )}
      {chosen === 'transit-gateway' && hasMember(view, 'direction') && (
        <ChoiceField
          label="Direction"
          tooltip="A transit gateway logs a flow where it comes in and again where it goes out: count one of them."
          value={query.direction ?? 'ingress'}
          options={[
            { value: 'ingress', label: 'Coming in' },
            { value: 'egress', label: 'Going out' },
            { value: 'both', label: 'Both' },
          ]}
          onChange={(direction) => {
            set('direction', direction);
            run();
          }}
        />
      )}
    </>
  );
}

function LimitFields({ edit: { query, dataSource, set, run } }: Pick<OptionsRowProps, 'edit'>) {
  const { limits = {} } = query;
  const { defaultLimits: defaults = {} } = dataSource.settings;
  const setLimit = (name: keyof Limits, value: number | string | undefined): void => {
    const others = Object.entries(limits).filter(([other]) => other !== name);
    const next = Object.fromEntries([...others, ...(value === undefined ? [] : [[name, value]])]) as Partial<Limits>;
    set('limits', Object.keys(next).length === 0 ? undefined : next);
  };
  return (
    <>
      <DraftInput
        label="Max objects"
        tooltip="Where the query stops. The data source may allow less."
        value={limits.maxObjects === undefined ? '' : String(limits.maxObjects)}
        placeholder={defaults.maxObjects === undefined ? 'default' : String(defaults.maxObjects)}
        findProblem={(text) => findNumberProblem(text, { min: 1, max: Number.MAX_SAFE_INTEGER })}
        onCommit={(text) => setLimit('maxObjects', text === '' ? undefined : Number(text))}
        onRun={run}
      />
      <DraftInput
        label="Max size"
        tooltip="Of the stored, compressed objects that are read: 500 MB, 2 GiB."
        value={limits.maxBytes === undefined ? '' : BYTES.format(limits.maxBytes)}
        placeholder={defaults.maxBytes === undefined ? 'default' : BYTES.format(defaults.maxBytes)}
        findProblem={(text) => ((BYTES.parse(text) ?? 0) < 1 ? 'A size such as 500 MB or 2 GiB' : undefined)}
        onCommit={(text) => setLimit('maxBytes', text === '' ? undefined : BYTES.parse(text))}
        onRun={run}
      />
      <DraftInput
        label="Max time"
        value={limits.maxSec === undefined ? '' : SECONDS.format(limits.maxSec)}
        placeholder={defaults.maxSec === undefined ? 'default' : SECONDS.format(defaults.maxSec)}
        findProblem={(text) => findDurationProblem(text)}
        onCommit={(text) => setLimit('maxSec', text === '' ? undefined : readDuration(text))}
        onRun={run}
      />
      <ChoiceField
        label="At a limit"
        tooltip="Fail: no answer rather than half of one. In part: what was read until then, and a notice. Rules always fail."
        value={limits.onLimit ?? defaults.onLimit ?? 'fail'}
        options={[
          { value: 'fail', label: 'Fail' },
          { value: 'partial', label: 'Answer in part' },
        ]}
        onChange={(onLimit) => {
          setLimit('onLimit', onLimit);
          run();
        }}
      />
    </>
  );
}
