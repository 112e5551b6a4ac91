/** What came of a command that was run in a container. */
export interface Executed {
  said: readonly Said[];
  exitCode: number;
  /** How long it takes, in milliseconds. */
  time: number;
}

export interface Said {
  /** So many milliseconds after it began. */
  after: number;
  text: string;
}
