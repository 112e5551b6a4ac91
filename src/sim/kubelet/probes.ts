/** What the probes of one run of a container find, and when (kubernetes `pkg/kubelet/prober/worker.go`, `prober.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import { behaviourOf } from './behaviour';
import type { Container, Probe } from './container';
import { type Declared, instantOf, type ProbeType } from './declared';
import { commandTime, portOf } from './hooks';
import { SAID_AGAIN, SAID_AT_ONCE } from './repetition';

/** From an instant on, until another (not included). */
interface Stretch {
  from: Instant;
  to: Instant;
}

/** That a probe's verdict turns at an instant. */
export interface Turn {
  at: Instant;
  passes: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/** One probe of one run: it looks at `first` and each `period` after that. */
export class ProbeRun {
  private readonly period: number;
  private readonly failing: readonly Stretch[];

  constructor(
    private readonly pod: KubeObject,
    private readonly container: Container,
    readonly type: ProbeType,
    private readonly probe: Probe,
    private readonly declared: Declared,
    since: Instant,
    readonly first: Instant,
  ) {
    this.period = (probe.periodSeconds || 10) * 1000;
    this.failing = this.failsAlways()
      ? [{ from: 0, to: NEVER }]
      : joined([
          ...this.withoutFile(since),
          ...(isSick(container, probe) ? [{ from: since + SICK_AFTER, to: NEVER }] : []),
          ...declared.failProbe
            .filter((failure) => failure.probe === type)
            .map(({ from, to }) => ({ from: instantOf(from, since), to: to ? instantOf(to, since) : NEVER })),
        ]);
  }

  /** When its verdict turns, beginning with `passes`; none where it never does. */
  turns(passes: boolean): Turn[] {
    const turns: Turn[] = [];
    let verdict = passes;
    for (const { good, from, to } of this.spells()) {
      if (good === verdict) continue;
      const { successThreshold, failureThreshold } = this.probe;
      const at = from + ((good ? successThreshold || 1 : failureThreshold || 3) - 1) * this.period;
      if (at >= to) continue;
      verdict = good;
      turns.push({ at, passes: good });
    }
    return turns;
  }

  /** When it has failed so often in a row, for the first time, that it fails. */
  failure(): Instant | undefined {
    return this.turns(true)[0]?.at;
  }

  /** Does it look at this instant, and fail? */
  failsAt(at: Instant): boolean {
    return at >= this.first && (at - this.first) % this.period === 0 && this.failing.some((s) => contains(s, at));
  }

  /**
   * When it next fails after this instant, as far as anybody is told: the recorder drops what is said more than 25 times, but
   * for one each five minutes.
   */
  nextFailure(after: Instant): Instant | undefined {
    let told = 0;
    for (const { good, from, to } of this.spells()) {
      if (good) continue;
      const before = Math.max(0, Math.min(after - from, to - from));
      told += Math.floor(before / this.period);
      if (to <= after) continue;
      const step = told < SAID_AT_ONCE ? this.period : Math.ceil(SAID_AGAIN / this.period) * this.period;
      const at = after < from ? from : from + (Math.floor((after - from) / step) + 1) * step;
      if (at < to) return at;
    }
    return undefined;
  }

  /** `HTTP probe failed with statuscode: 503` (prober.go, pkg/probe) */
  complaint(): string {
    const { probe, declared } = this;
    const timeout = (probe.timeoutSeconds || 1) * 1000;
    const slow = declared.probeTime > timeout;
    const ip: string = this.pod['status']?.podIP ?? '';
    if (probe.httpGet) {
      const { path = '/', host, scheme = 'HTTP' } = probe.httpGet;
      const url = `${scheme.toLowerCase()}://${host || ip}:${portOf(this.container, probe.httpGet.port)}${path.startsWith('/') ? path : `/${path}`}`;
      return slow
        ? `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
        : `HTTP probe failed with statuscode: ${isSick(this.container, probe) ? 500 : 503}`;
    }
    if (probe.tcpSocket) {
      const target = `${probe.tcpSocket.host || ip}:${portOf(this.container, probe.tcpSocket.port)}`;
      return slow ? `dial tcp ${target}: i/o timeout` : `dial tcp ${target}: connect: connection refused`;
    }
    if (probe.grpc)
      return slow
        ? `timeout: failed to connect service "${ip}:${probe.grpc.port}" within ${timeout / 1000}s: context deadline exceeded`
        : 'service unhealthy (responded with "NOT_SERVING")';
    const command = (probe.exec?.command ?? []).join(' ');
    const runsLong = slow || (commandTime(this.pod, this.container, probe)?.runFor ?? 0) > timeout;
    const file = fileLookedFor(probe);
    if (file !== undefined && !runsLong) return `cat: can't open '${file}': No such file or directory`;
    return runsLong ? `command timed out: "${command}" timed out after ${timeout / 1000}s` : '';
  }

  /** Its command says that it fails, or the answer takes longer than it waits. */
  private failsAlways(): boolean {
    const timeout = (this.probe.timeoutSeconds || 1) * 1000;
    if (this.declared.probeTime > timeout) return true;
    const command = commandTime(this.pod, this.container, this.probe);
    return command !== undefined && (command.exitCode !== 0 || command.runFor > timeout);
  }

  /** When the file is not there that its command looks for, as far as the container's own command says when it is. */
  private withoutFile(since: Instant): Stretch[] {
    const path = fileLookedFor(this.probe);
    const { files = [] } = behaviourOf(this.pod, this.container, false);
    const changes = files.filter((change) => change.path === path);
    if (path === undefined || changes.length === 0) return [];
    const missing: Stretch[] = [];
    let gone: Instant | undefined = since;
    for (const { after, exists } of changes) {
      if (!exists) gone ??= since + after;
      else if (gone !== undefined) {
        missing.push({ from: gone, to: since + after });
        gone = undefined;
      }
    }
    if (gone !== undefined) missing.push({ from: gone, to: NEVER });
    return missing;
  }

  /** The looks in a row that find the same; `to` is behind the last of them. */
  private *spells(): Generator<{ good: boolean; from: Instant; to: Instant }> {
    let at = this.first;
    for (const { from, to } of this.failing) {
      const bad = Math.max(at, this.lookFrom(from));
      const good = to === NEVER ? NEVER : this.lookFrom(to);
      if (bad >= good) continue;
      if (bad > at) yield { good: true, from: at, to: bad };
      yield { good: false, from: bad, to: good };
      at = good;
    }
    if (at < NEVER) yield { good: true, from: at, to: NEVER };
  }

  /** The first look at this instant or after it. */
  private lookFrom(at: Instant): Instant {
    return this.first + Math.max(0, Math.ceil((at - this.first) / this.period)) * this.period;
  }
}

/** Kubernetes' own server for examples of liveness is well for so long (kubernetes `test/images/agnhost/liveness/server.go`). */
const SICK_AFTER = 11_000;

function isSick({ image, command = [], args = [] }: Container, { httpGet }: Probe): boolean {
  const words = [...command, ...args];
  const isServer = /^\/?agnhost$/.test(words[0] ?? '') ? words[1] === 'liveness' : words[0] === 'liveness';
  return isServer && httpGet?.path === '/healthz' && /(^|\/)agnhost([:@]|$)/.test(image);
}

/** `cat FILE` */
function fileLookedFor({ exec }: Probe): string | undefined {
  const [program, file, ...more] = exec?.command ?? [];
  return /^(\/bin\/)?cat$/.test(program ?? '') && more.length === 0 ? file : undefined;
}

function contains({ from, to }: Stretch, at: Instant): boolean {
  return from <= at && at < to;
}

/** In order, without overlaps. */
function joined(stretches: Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && stretch.from <= last.to) last.to = Math.max(last.to, stretch.to);
    else if (stretch.from < stretch.to) result.push({ ...stretch });
  }
  return result;
}
