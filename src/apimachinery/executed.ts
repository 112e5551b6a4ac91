/** What came of a command that was run in a container, in one piece. */
export interface Executed {
  output: string;
  exitCode: number;
  /** How long it takes, in milliseconds. */
  time: number;
}
