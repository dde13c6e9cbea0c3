import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import { DEFAULTS, DIGEST_CACHE_RANGE, SETTLE_DELAY_RANGE, TIMEOUT_RANGE, type TimeoutName } from './defaults';
import { Fields } from './Fields';
import { BYTES, MILLISECONDS, SECONDS } from './quantity';
import { QuantityInput } from './QuantityInput';
import { withMemberOf, type SettingsForm } from './settings-form';

const TIMEOUTS: readonly (readonly [name: TimeoutName, label: string, description: string])[] = [
  ['connectMs', 'Connect', 'To reach an endpoint.'],
  ['answerMs', 'Answer', 'From a request to the head of its answer.'],
  ['listMs', 'Listing', 'For a page of a listing.'],
  ['idleMs', 'Silence', 'Amid the body of an object.'],
];

/** Memory, the delay of alert rules, and patience with the network. */
export function AdvancedSection({ form }: { form: SettingsForm }) {
  const styles = useStyles2(getStyles);
  const { json, isReadOnly, set } = form;
  const isSet = [json.digestCacheBytes, json.settleDelaySec, json.timeouts].some((value) => value !== undefined);
  return (
    <ConfigSection
      title="Cache, alert rules and timeouts"
      description="Few need other values."
      isCollapsible
      isInitiallyOpen={isSet}
    >
      <Fields isReadOnly={isReadOnly} className={styles.grid}>
        <QuantityInput
          isLabelShown
          label="Cache"
          description="Memory for digests of objects, so that a refresh reads only new ones. 0 for none."
          quantity={BYTES}
          value={json.digestCacheBytes}
          defaultValue={DEFAULTS.digestCacheBytes}
          {...DIGEST_CACHE_RANGE}
          onChange={(value) => set('digestCacheBytes', value)}
        />
        <QuantityInput
          isLabelShown
          label="Delay of alert rules"
          description="Logs come late: rules that name no delay look at their range this much earlier."
          quantity={SECONDS}
          value={json.settleDelaySec}
          defaultValue={DEFAULTS.settleDelaySec}
          {...SETTLE_DELAY_RANGE}
          onChange={(value) => set('settleDelaySec', value)}
        />
        {TIMEOUTS.map(([name, label, description]) => (
          <QuantityInput
            key={name}
            isLabelShown
            label={`Timeout: ${label.toLowerCase()}`}
            description={description}
            quantity={MILLISECONDS}
            value={json.timeouts?.[name]}
            defaultValue={DEFAULTS.timeouts[name]}
            {...TIMEOUT_RANGE}
            onChange={(value) => set('timeouts', withMemberOf(json.timeouts, name, value))}
          />
        ))}
      </Fields>
    </ConfigSection>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    grid: css({
      display: 'grid',
      gridTemplateColumns: 'repeat(auto-fill, minmax(280px, 1fr))',
      columnGap: theme.spacing(4),
      alignItems: 'end',
    }),
  };
}
