/** What a shell script is made of, as far as simulated containers understand it. */

/** A word is parts side by side: `"$i: "$(date)`. */
export type Word = readonly WordPart[];

export type WordPart = { quoted: boolean } & (
  | { kind: 'text'; text: string }
  | { kind: 'variable'; name: string; operator: string; fallback: Word }
  | { kind: 'output'; script: Script }
  | { kind: 'arithmetic'; expression: string }
);

/** Where output goes, `>&2` and `>/dev/stderr` into the log like any other; and that input comes from somewhere. */
export interface Redirection {
  descriptor: number;
  target: 'log' | 'file' | 'input';
  /** Of a file: its name. */
  path?: Word;
  append?: boolean;
}

export type Command =
  | {
      kind: 'simple';
      assignments: readonly { name: string; value: Word }[];
      words: readonly Word[];
      redirections: readonly Redirection[];
    }
  | { kind: 'loop'; until: boolean; condition: Script; body: Script }
  | { kind: 'for'; name: string; words: readonly Word[]; body: Script }
  | { kind: 'if'; branches: readonly { condition: Script; body: Script }[]; otherwise: Script | undefined }
  | { kind: 'group'; body: Script; own: boolean }
  | { kind: 'not'; command: Command }
  /** What is beyond this: pipes, work in the background, `case`. */
  | { kind: 'unknown' };

/** Commands with what joins each to the one before it. */
export type Script = readonly { joint: ';' | '&&' | '||'; command: Command }[];

/** The script can't be read at all. */
export class UnreadableScript extends Error {}
