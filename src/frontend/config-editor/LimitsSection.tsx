import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import type { LimitsConfig } from '../settings';
import { DEFAULTS, LIMIT_RANGES, type LimitName } from './defaults';
import { Fields } from './Fields';
import { BYTES, COUNT, SECONDS, type Quantity } from './quantity';
import { QuantityInput } from './QuantityInput';
import { withMemberOf, type SettingsForm } from './settings-form';

const LIMITS: readonly (readonly [name: LimitName, label: string, meaning: string, quantity: Quantity])[] = [
  ['maxObjects', 'Objects', 'that one query reads', COUNT],
  ['maxBytes', 'Stored bytes', 'of those objects, compressed', BYTES],
  ['maxObjectTextBytes', 'Text of one object', 'once it is unpacked', BYTES],
  ['maxKeys', 'Groups', 'in memory; of more, tables and series keep the largest', COUNT],
  ['maxSec', 'Time', 'that one query takes', SECONDS],
];

/** Where queries stop: those that do not say, and all. */
export function LimitsSection({ form }: { form: SettingsForm }) {
  const styles = useStyles2(getStyles);
  const { json, isReadOnly, set } = form;
  const { defaultLimits = {}, maxLimits = {} } = json;
  return (
    <ConfigSection
      title="Query limits"
      description="So that a dashboard over a year does not read a petabyte. A query may ask for more than the default, never for more than the maximum."
      isCollapsible
      isInitiallyOpen={json.defaultLimits !== undefined || json.maxLimits !== undefined}
    >
      <Fields isReadOnly={isReadOnly}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Limit</th>
              <th scope="col">Default</th>
              <th scope="col">Maximum</th>
            </tr>
          </thead>
          <tbody>
            {LIMITS.map(([name, label, meaning, quantity]) => {
              const input = (column: 'Default' | 'Maximum', limits: LimitsConfig) => (
                <td>
                  <QuantityInput
                    label={`${column}: ${label}`}
                    quantity={quantity}
                    value={limits[name]}
                    defaultValue={(column === 'Default' ? DEFAULTS.limits : DEFAULTS.maxima)[name]}
                    {...LIMIT_RANGES[name]}
                    problem={column === 'Default' ? overMaximum(name, quantity, json) : undefined}
                    onChange={(value) =>
                      column === 'Default'
                        ? set('defaultLimits', withMemberOf(json.defaultLimits, name, value))
                        : set('maxLimits', withMemberOf(json.maxLimits, name, value))
                    }
                  />
                </td>
              );
              return (
                <tr key={name}>
                  <th scope="row">
                    {label} <small>{meaning}</small>
                  </th>
                  {input('Default', defaultLimits)}
                  {input('Maximum', maxLimits)}
                </tr>
              );
            })}
          </tbody>
        </table>
        <Field
          label="At a limit"
          description="Alert rules always fail there, since a count over a part looks like calm."
          useFieldset
          noMargin
        >
          <RadioButtonGroup
            aria-label="At a limit"
            disabled={isReadOnly}
            options={[
              { value: 'fail', label: 'Fail, and say why' },
              { value: 'partial', label: 'Answer with what was read' },
            ]}
            value={defaultLimits.onLimit ?? 'fail'}
            onChange={(value) =>
              set(
                'defaultLimits',
                withMemberOf(json.defaultLimits, 'onLimit', value === 'fail' ? undefined : (value as 'partial')),
              )
            }
          />
        </Field>
      </Fields>
    </ConfigSection>
  );
}

/** The backend refuses a default beyond the maximum that holds. */
function overMaximum(
  name: LimitName,
  quantity: Quantity,
  { defaultLimits, maxLimits }: SettingsForm['json'],
): string | undefined {
  const maximum = maxLimits?.[name] ?? DEFAULTS.maxima[name];
  return (defaultLimits?.[name] ?? 0) > maximum
    ? `More than the maximum of ${quantity.format(maximum)}: change one`
    : undefined;
}

function getStyles(theme: GrafanaTheme2) {
  return {
    table: css({
      width: 'auto',
      marginBottom: theme.spacing(2),
      'th, td': { padding: theme.spacing(0.5, 2, 0.5, 0), verticalAlign: 'top', textAlign: 'left' },
      'tbody th': {
        paddingTop: theme.spacing(1),
        fontWeight: theme.typography.fontWeightRegular,
        small: { display: 'block', color: theme.colors.text.secondary },
      },
    }),
  };
}
