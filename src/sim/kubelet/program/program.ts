/** What the program of a container does, one thing after another: says something, makes or removes a file, lets time pass, ends. */
import type { Instant } from '../../clock';
import type { Connect } from './network';

export type Happening =
  | { kind: 'say'; text: string }
  | { kind: 'wait'; milliseconds: number }
  | { kind: 'file'; path: string; exists: boolean };

/** How it goes on after what happened: it ends; it runs on and says no more; or nobody knows. */
export type Ending = { exitCode: number } | 'runs on' | 'unknown';

/** A generator, for a program may never end. */
export type Program = Generator<Happening, Ending>;

/** A value, and whether it is from elsewhere (a ConfigMap, a Secret): the time that things take never hangs on those. */
export interface Value {
  text: string;
  foreign: boolean;
}

/** What a program finds around it. */
export interface ProgramSurroundings {
  environment: ReadonlyMap<string, Value>;
  /** Names that are not in it may be there all the same (envFrom). */
  unlisted: boolean;
  hostname: string;
  startedAt: Instant;
  /** Without it nobody knows what becomes of requests. */
  connect?: Connect;
  /** Only its end matters: a loop that nothing leaves is gone through once. */
  hurried?: boolean;
}

/** It is beyond what can be told what the program does next. */
export class UnknownCommand extends Error {}

/** It runs on for ever. */
export class RunsOn extends Error {}
