import { Text } from '@grafana/ui';

/** Why a button that works on saved settings is off. */
export function SaveFirst({ subject }: { subject: string }) {
  return (
    <Text variant="bodySmall" color="secondary">
      Save first: {subject} the saved settings.
    </Text>
  );
}
