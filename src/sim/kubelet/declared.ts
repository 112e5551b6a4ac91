/**
 * What a pod's annotations say its containers do: `kubetick.dev/NAME` for all that stand under spec.containers, and
 * `CONTAINER.kubetick.dev/NAME` for one of any list. docs/pod-behaviour.md has the table.
 */
import type { Befallen } from '../../apimachinery/behaviour-annotations';
import { parseDuration } from '../../apimachinery/duration';
import type { KubeObject } from '../../apimachinery/meta';
import { wholeValue } from '../../apimachinery/quantity';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';

export type ProbeType = 'startup' | 'liveness' | 'readiness';

/** A stretch of time: so long after the container's start, or at an instant of its own. */
export interface Moment {
  after?: number;
  at?: Instant;
}

export interface Window {
  from: Moment;
  /** Without it, it has no end. */
  to?: Moment;
}

export interface Declared {
  exitCode?: number;
  runFor?: number;
  /** How many of its first runs crash. */
  crashLoop: number;
  oomAfter?: number;
  ignoreTerm: boolean;
  stopTime?: number;
  pullTime?: number;
  /** Why the image can't be pulled; '' for the usual reason. */
  pullError?: string;
  /** After so many attempts it can be pulled after all. */
  pullFailures: number;
  startTime?: number;
  startError?: string;
  failProbe: readonly ({ probe: ProbeType } & Window)[];
  /** How long the answer to a probe takes. */
  probeTime: number;
  failHook: readonly string[];
  end?: Befallen;
  memoryUsage?: number;
  diskUsage?: number;
  /** Of the whole pod: how full its emptyDir volumes get, and when. */
  volumeUsage: readonly { volume: string; used: number; from: Moment }[];
}

const NOTHING: Declared = Object.freeze({
  crashLoop: 0,
  ignoreTerm: false,
  pullFailures: Number.POSITIVE_INFINITY,
  failProbe: Object.freeze([]) as Declared['failProbe'],
  probeTime: 0,
  failHook: Object.freeze([]) as readonly string[],
  volumeUsage: Object.freeze([]) as Declared['volumeUsage'],
});

/** What was declared for the containers of one pod, and what of it can't be read. */
export interface PodDeclaration {
  of(container: string, isMain: boolean): Declared;
  readonly complaints: readonly string[];
}

/** That nothing was. */
export const SILENT: PodDeclaration = Object.freeze({
  of: () => NOTHING,
  complaints: Object.freeze([]) as readonly string[],
});

/** By annotations: they are frozen, and looked at again and again. */
const known = new WeakMap<Readonly<Record<string, string>>, PodDeclaration>();

export function declarationOf(pod: KubeObject): PodDeclaration {
  const { annotations } = pod.metadata;
  if (!annotations) return SILENT;
  let declaration = known.get(annotations);
  if (!declaration) {
    declaration = readDeclaration(annotations);
    known.set(annotations, declaration);
  }
  return declaration;
}

const KEY = /^(?:([a-z0-9-]+)\.)?kubetick\.dev\/(.+)$/;
/** These concern every container of a pod, also those that get it ready. */
const FOR_ALL: ReadonlySet<string> = new Set(['pull-time', 'pull-error', 'start-time']);

type Fields = { -readonly [name in keyof Declared]?: Declared[name] };

function readDeclaration(annotations: Readonly<Record<string, string>>): PodDeclaration {
  const complaints: string[] = [];
  const main: Fields = {};
  const all: Fields = {};
  const one = new Map<string, Fields>();
  for (const key of Object.keys(annotations).sort()) {
    const [, container, name = ''] = KEY.exec(key) ?? [];
    const read = Object.hasOwn(READERS, name) ? READERS[name as keyof typeof READERS] : undefined;
    if (!read) continue;
    let target = FOR_ALL.has(name) ? all : main;
    if (container !== undefined) {
      target = one.get(container) ?? {};
      one.set(container, target);
    }
    try {
      Object.assign(target, read(annotations[key] as string));
    } catch (error) {
      complaints.push(`annotation ${key}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const isEmpty = one.size === 0 && Object.keys(main).length === 0 && Object.keys(all).length === 0;
  if (isEmpty && complaints.length === 0) return SILENT;
  const made = new Map<string, Declared>();
  return {
    complaints,
    of(container, isMain) {
      const key = `${container} ${isMain}`;
      let declared = made.get(key);
      if (!declared) {
        declared = Object.freeze({ ...NOTHING, ...all, ...(isMain ? main : {}), ...one.get(container) });
        made.set(key, declared);
      }
      return declared;
    },
  };
}

const READERS = {
  'exit-code': (text: string): Fields => ({ exitCode: exitCodeOf(text) }),
  'run-for': (text: string): Fields => ({ runFor: durationOf(text) }),
  'crash-loop': (text: string): Fields => ({ crashLoop: countOf(text) }),
  'oom-after': (text: string): Fields => ({ oomAfter: durationOf(text) }),
  'ignore-term': (text: string): Fields => ({ ignoreTerm: flagOf(text) }),
  'stop-time': (text: string): Fields => ({ stopTime: durationOf(text) }),
  'pull-time': (text: string): Fields => ({ pullTime: durationOf(text) }),
  'pull-error': pullErrorOf,
  'start-time': (text: string): Fields => ({ startTime: durationOf(text) }),
  'start-error': (text: string): Fields => ({ startError: text }),
  'fail-probe': (text: string): Fields => ({ failProbe: text.split(',').map((part) => failureOf(part.trim())) }),
  'probe-time': (text: string): Fields => ({ probeTime: durationOf(text) }),
  'fail-hook': (text: string): Fields => ({ failHook: text.split(',').map((part) => hookOf(part.trim())) }),
  end: (text: string): Fields => ({ end: befallenOf(text) }),
  'memory-usage': (text: string): Fields => ({ memoryUsage: wholeValue(text) }),
  'disk-usage': (text: string): Fields => ({ diskUsage: wholeValue(text) }),
  'volume-usage': (text: string): Fields => ({
    volumeUsage: text.split(',').map((part) => volumeUsageOf(part.trim())),
  }),
};

function exitCodeOf(text: string): number {
  const code = Number(text);
  if (!/^\d+$/.test(text) || code > 255) throw new Error(`${JSON.stringify(text)} is no exit code from 0 to 255`);
  return code;
}

/** Simulated time passes in whole seconds. */
function durationOf(text: string): number {
  const duration = parseDuration(text);
  if (duration < 0) throw new Error(`${JSON.stringify(text)} is negative`);
  return Math.ceil(duration / 1000) * 1000;
}

function flagOf(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Error(`${JSON.stringify(text)} is neither true nor false`);
  return text === 'true';
}

/** `true`: always; a number: the first so many times. */
function countOf(text: string): number {
  if (text === 'true') return Number.POSITIVE_INFINITY;
  if (text === 'false') return 0;
  if (!/^\d+$/.test(text)) throw new Error(`${JSON.stringify(text)} is neither true, false nor a number`);
  return Number(text);
}

function pullErrorOf(text: string): Fields {
  if (text === 'false') return {};
  if (/^\d+$/.test(text)) return { pullError: '', pullFailures: Number(text) };
  return { pullError: text === 'true' ? '' : text };
}

function hookOf(text: string): string {
  if (text !== 'postStart' && text !== 'preStop')
    throw new Error(`${JSON.stringify(text)} is neither postStart nor preStop`);
  return text;
}

const MOMENT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|[\d.]+[a-z\d.]*`;
const WINDOW = new RegExp(`^([a-z]+)(?:@(${MOMENT})(?:-(${MOMENT}))?)?$`);

/** `readiness`, `readiness@30s`, `readiness@30s-90s`; instants may stand for the durations. */
function failureOf(text: string): { probe: ProbeType } & Window {
  const { name, window } = parseWindow(text);
  if (name !== 'startup' && name !== 'liveness' && name !== 'readiness')
    throw new Error(`${JSON.stringify(name)} is no probe: one of startup, liveness, readiness`);
  return { probe: name, ...window };
}

/** `NAME[@FROM[-TO]]`. @throws Error */
export function parseWindow(text: string): { name: string; window: Window } {
  const match = WINDOW.exec(text);
  if (!match) throw new Error(`${JSON.stringify(text)} must look like NAME, NAME@30s or NAME@30s-90s`);
  const [, name = '', from, to] = match;
  return { name, window: { from: momentOf(from ?? '0s'), ...(to ? { to: momentOf(to) } : {}) } };
}

function momentOf(text: string): Moment {
  const at = /^\d{4}-/.test(text) ? parseTime(text) : undefined;
  return at === undefined ? { after: durationOf(text) } : { at };
}

/** `scratch=2Gi`, `scratch=2Gi@30s` */
function volumeUsageOf(text: string): Declared['volumeUsage'][number] {
  const [, volume = '', size = '', from = '0s'] =
    new RegExp(`^([a-z0-9-]+)=([0-9.]+[A-Za-z]*)(?:@(${MOMENT}))?$`).exec(text) ?? [];
  if (volume === '') throw new Error(`${JSON.stringify(text)} must look like VOLUME=1Gi or VOLUME=1Gi@30s`);
  return { volume, used: wholeValue(size), from: momentOf(from) };
}

/** When a moment is, for what began then. */
export function instantOf({ after, at }: Moment, begin: Instant): Instant {
  return at ?? begin + (after ?? 0);
}

/** `2026-01-01T00:00:10Z=137/OOMKilled` */
function befallenOf(text: string): Befallen {
  const [, time = '', code = '', reason] = /^([^=]+)=(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
  const at = parseTime(time);
  if (at === undefined) throw new Error(`${JSON.stringify(text)} must look like 2026-01-01T00:00:10Z=137/OOMKilled`);
  return { at, exitCode: exitCodeOf(code), ...(reason ? { reason } : {}) };
}
