import { FlowError } from '../errors';

/** The `bad-settings` error for settings that are wrong; each reason says what to write instead. */
export function settingsError(wrong: readonly (readonly [setting: string, why: string])[]): FlowError {
  const reasons = wrong.map(([setting, why]) => `${setting}: ${why}`).join('; ');
  return new FlowError('bad-settings', `cannot use the data source’s settings: ${reasons}`, {
    fields: { setting: wrong[0]?.[0] },
  });
}
