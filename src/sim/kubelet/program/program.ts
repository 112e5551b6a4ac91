/** What the program of a container does, one thing after another: says something, makes or removes a file, lets time pass, ends. */
import type { DNSAnswer } from '../../../apimachinery/dns-message';
import type { Instant } from '../../clock';
import type { ResolverConfig } from '../../network/dns/resolver-config';
import type { MountedFiles } from './mounted-files';

export type Happening =
  /** `foreign`: what it says is from elsewhere, or nobody knows it. */
  | { kind: 'say'; text: string; foreign?: boolean }
  | { kind: 'wait'; milliseconds: number }
  /** `text`: what is in it now, as far as the program has written it. */
  | { kind: 'file'; path: string; exists: boolean; text?: string; foreign?: boolean };

/** How it goes on after what happened: it ends; it runs on and says no more; or nobody knows. */
export type Ending = { exitCode: number } | 'runs on' | 'unknown';

/** A generator, for a program may never end. */
export type Program = Generator<Happening, Ending>;

/** A value, and whether it is from elsewhere (a ConfigMap, a Secret): the time that things take never hangs on those. */
export interface Value {
  text: string;
  foreign: boolean;
}

/** What becomes of a connection, and whereto it went. */
export type Connection =
  | { outcome: 'answered' | 'refused' | 'silence' | 'unknown'; address: string }
  | { outcome: 'no such name' }
  /** Whom it asks for addresses does not answer. */
  | { outcome: 'no name server' }
  | { outcome: 'unknown' };

/** Nobody knows what servers outside of the cluster say. */
export type NameAnswer = DNSAnswer | 'silence' | 'unknown';

/** What a program finds on the network (../pod-network.ts). */
export interface PodNetwork {
  connect(host: string, port: number): Connection;
  /** Its /etc/resolv.conf. */
  readonly resolver: ResolverConfig;
  /** One question to the first of its name servers, for a name in full. */
  ask(name: string, type: string): NameAnswer;
}

/** What a program finds around it. */
export interface ProgramSurroundings {
  environment: ReadonlyMap<string, Value>;
  /** Names that are not in it may be there all the same (envFrom). */
  unlisted: boolean;
  hostname: string;
  image: string;
  files: MountedFiles;
  startedAt: Instant;
  /** Without it nobody knows what becomes of requests. */
  network?: PodNetwork;
  /** Only its end matters: a loop that nothing leaves is gone through once. */
  hurried?: boolean;
}

/** It is beyond what can be told what the program does next. */
export class UnknownCommand extends Error {}

/** It runs on for ever. */
export class RunsOn extends Error {}
