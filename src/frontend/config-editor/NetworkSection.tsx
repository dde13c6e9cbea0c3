import { Field, RadioButtonGroup, SecretTextArea, Switch } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import { Fields } from './Fields';
import type { SettingsForm } from './settings-form';

const ADDRESSING = [
  { value: 'auto', label: 'Automatic', description: 'In the host name at AWS, in the path at other endpoints' },
  { value: 'path', label: 'Path', description: 'https://host/bucket/key' },
  { value: 'host', label: 'Host name', description: 'https://bucket.host/key' },
] as const;

/** Addresses and certificates. */
export function NetworkSection({ form }: { form: SettingsForm }) {
  const { json, isReadOnly, set } = form;
  const caCert = form.secret('tlsCACert');
  const isCaOn = json.tlsAuthWithCACert ?? caCert.isConfigured;
  const { forcePathStyle } = json;
  const addressing = forcePathStyle === undefined ? 'auto' : forcePathStyle ? 'path' : 'host';
  const isSet = ['forcePathStyle', 'useFipsEndpoint', 'useDualstackEndpoint', 'tlsSkipVerify'].some(
    (name) => name in json,
  );
  return (
    <ConfigSection
      title="Endpoints and TLS"
      description="FIPS and IPv6 endpoints, S3-compatible servers, private certificates."
      isCollapsible
      isInitiallyOpen={isSet || isCaOn}
    >
      <Fields isReadOnly={isReadOnly}>
        <Field label="Bucket in the address" description="Where requests to S3 name the bucket." useFieldset>
          <RadioButtonGroup
            aria-label="Bucket in the address"
            disabled={isReadOnly}
            options={[...ADDRESSING]}
            value={addressing}
            onChange={(chosen) => set('forcePathStyle', chosen === 'auto' ? undefined : chosen === 'path')}
          />
        </Field>
        <Field
          label="FIPS endpoints"
          description="Validated cryptography, in the regions that have it."
          htmlFor="useFips"
        >
          <Switch
            id="useFips"
            value={json.useFipsEndpoint ?? false}
            onChange={({ currentTarget }) => set('useFipsEndpoint', currentTarget.checked || undefined)}
          />
        </Field>
        <Field label="Dual-stack endpoints" description="IPv6 beside IPv4." htmlFor="useDualstack">
          <Switch
            id="useDualstack"
            value={json.useDualstackEndpoint ?? false}
            onChange={({ currentTarget }) => set('useDualstackEndpoint', currentTarget.checked || undefined)}
          />
        </Field>
        <Field
          label="Private certificate authority"
          description="The endpoints’ certificates are checked against this authority, in place of the system’s."
          htmlFor="tlsAuthWithCACert"
        >
          <Switch
            id="tlsAuthWithCACert"
            value={isCaOn}
            onChange={({ currentTarget }) => set('tlsAuthWithCACert', currentTarget.checked)}
          />
        </Field>
        {isCaOn && (
          <Field label="CA certificate" htmlFor="tlsCACert" {...caProblem(caCert.isConfigured, caCert.typed)}>
            <SecretTextArea
              id="tlsCACert"
              rows={6}
              placeholder="-----BEGIN CERTIFICATE-----"
              isConfigured={caCert.isConfigured}
              value={caCert.typed}
              onChange={({ currentTarget }) => caCert.set(currentTarget.value)}
              onReset={caCert.reset}
            />
          </Field>
        )}
        <Field
          label="Skip TLS verification"
          description="Any certificate is accepted: anyone on the way can read and answer. For trials only."
          htmlFor="tlsSkipVerify"
        >
          <Switch
            id="tlsSkipVerify"
            value={json.tlsSkipVerify ?? false}
            onChange={({ currentTarget }) => set('tlsSkipVerify', currentTarget.checked || undefined)}
          />
        </Field>
      </Fields>
    </ConfigSection>
  );
}

function caProblem(isConfigured: boolean, typed: string): { invalid?: boolean; error?: string } {
  const isPem = isConfigured || typed.trim() === '' || /-----BEGIN [A-Z ]*CERTIFICATE-----/.test(typed);
  return isPem ? {} : { invalid: true, error: 'This is not a certificate in PEM form.' };
}
