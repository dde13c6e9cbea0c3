/**
 * Small values that change only from what the changer has seen: what ownership of jobs is built on. Two changers of one
 * version never both succeed.
 */

/** A value and the version that it is of. */
export interface Marked {
  readonly value: string;
  readonly version: string;
}

export interface MarkerStore {
  /** For people. */
  readonly name: string;
  read(id: string): Promise<Marked | undefined>;
  /**
   * Sets the value if the version is still `expected` (`undefined`: if there is none). The new version, or `undefined` if
   * somebody else was first.
   */
  write(id: string, value: string, expected: string | undefined): Promise<string | undefined>;
  /** Removes the value if the version is still `expected`; otherwise nothing happens. */
  remove(id: string, expected: string): Promise<void>;
  /** Rejects with the reason if nothing could be read or written. */
  check(): Promise<void>;
}
