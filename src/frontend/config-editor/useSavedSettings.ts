import { useState } from 'react';
import { settingsText, type Options } from './settings-form';

/** Whether what the editor shows is what the backend has. */
export interface SavedSettings {
  readonly isSaved: boolean;
  /** Grafana's count of saves: another one, other settings. */
  readonly version: number;
}

/** Compares with what was loaded last: Grafana loads the settings anew, with another version, after it saved them. */
export function useSavedSettings(options: Options): SavedSettings {
  const version = options.version ?? 0;
  const text = settingsText(options);
  const [loaded, setLoaded] = useState({ version, text });
  if (loaded.version !== version) {
    setLoaded({ version, text });
  }
  // Provisioned settings cannot be changed here, and so not be unsaved.
  return { isSaved: options.readOnly === true || loaded.version !== version || loaded.text === text, version };
}
