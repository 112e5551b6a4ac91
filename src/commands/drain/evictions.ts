/** Evicts or deletes pods and lets time pass until they are gone (kubectl pkg/drain/drain.go). */
import { formatDuration } from '../../apimachinery/duration';
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { ApiError, isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';
import { CommandError, type Invocation, type TimePassing } from '../command';
import { ErrorList, messageOf } from '../errors';
import type { DryRun } from '../flag-sets';
import { namePrinter } from './nodes';
import { isLongDeleted, PODS } from './pods-to-evict';

/** Between two tries of an eviction that was refused, in milliseconds (EvictErrorRetryDelay). */
const RETRY_DELAY = 5_000;
/** How long is waited at most before pods are asked for again, where nothing else sets a limit. */
const LONG = 3_600_000;

/** One pod on its way out. */
interface Leaving {
  pod: KubeObject;
  /** The instant of the next eviction; undefined once it was accepted. */
  nextTry: number | undefined;
}

export class Evictions {
  private readonly errors: unknown[] = [];
  private deadline = Number.POSITIVE_INFINITY;
  private time!: TimePassing;

  constructor(
    private readonly invocation: Invocation,
    private readonly client: Client,
    private readonly choice: { skipDeletedSeconds: number },
    private readonly dryRun: DryRun,
  ) {}

  /** Throws what went wrong, when all else is done. */
  async run(pods: readonly KubeObject[]): Promise<void> {
    if (pods.length === 0) return;
    const { flags } = this.invocation;
    const evicting = !flags.bool('disable-eviction');
    this.time = await this.invocation.time();
    const timeout = flags.duration('timeout');
    if (timeout > 0) this.deadline = this.time.now() + timeout;
    const start = this.time.now();
    let leaving: Leaving[] = pods.map((pod) => ({ pod, nextTry: evicting ? start : undefined }));
    if (!evicting) for (const { pod } of leaving) await this.remove(pod);
    for (;;) {
      const left: Leaving[] = [];
      // All are asked to go before the first is waited for.
      for (const each of leaving) if (await this.goesOn(() => this.evict(each))) left.push(each);
      leaving = [];
      for (const each of left) {
        if (each.nextTry !== undefined || (await this.goesOn(() => this.isThere(each, evicting)))) {
          leaving.push(each);
        }
      }
      if (leaving.length === 0) break;
      if (!(await this.pass(leaving))) {
        for (const each of leaving) this.errors.push(this.tooLate(each, evicting));
        break;
      }
    }
    if (this.errors.length > 0) throw new ErrorList(this.errors);
  }

  /** False when nothing more is to be done for the pod; what it throws is kept for the end. */
  private async goesOn(step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      this.errors.push(error);
      return false;
    }
  }

  private async evict(leaving: Leaving): Promise<boolean> {
    if (leaving.nextTry === undefined || leaving.nextTry > this.time.now()) return true;
    const { streams, flags } = this.invocation;
    const { name = '', namespace = '' } = leaving.pod.metadata;
    const tried = this.dryRun === 'server' ? ' (server dry run)' : '';
    streams.out(`evicting pod ${namespace}/${name}${tried}\n`);
    const which = `pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`;
    if (this.time.now() >= this.deadline) {
      throw new CommandError(
        `error when evicting ${which}: global timeout reached: ${formatDuration(flags.duration('timeout'))}`,
      );
    }
    try {
      const eviction = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: this.deleteOptions(),
      };
      await this.client.createSubresource(PODS, namespace, name, 'eviction', eviction as KubeObject);
      leaving.nextTry = undefined;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      if (isReason(error, 'TooManyRequests')) {
        streams.err(`error when evicting ${which} (will retry after 5s): ${messageOf(error)}\n`);
        leaving.nextTry = this.time.now() + RETRY_DELAY;
      } else if (isTerminatingNamespace(error)) {
        if (leaving.pod.metadata.deletionTimestamp) leaving.nextTry = undefined;
        else {
          streams.err(
            `error when evicting pod ${JSON.stringify(name)} from terminating namespace ${JSON.stringify(namespace)} (will retry after 5s): ${messageOf(error)}\n`,
          );
          leaving.nextTry = this.time.now() + RETRY_DELAY;
        }
      } else throw new CommandError(`error when evicting ${which}: ${messageOf(error)}`);
    }
    if (leaving.nextTry !== undefined) leaving.pod = (await this.fresh(leaving.pod)) ?? leaving.pod;
    return leaving.nextTry !== undefined || this.dryRun !== 'server';
  }

  /** --disable-eviction. */
  private async remove({ metadata }: KubeObject): Promise<void> {
    const { name = '', namespace = '' } = metadata;
    try {
      await this.client.delete(PODS, namespace, name, this.deleteOptions());
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  private deleteOptions(): JsonObject {
    const options: JsonObject = {};
    const grace = this.invocation.flags.int('grace-period');
    if (grace >= 0) options.gracePeriodSeconds = grace;
    if (this.dryRun === 'server') options.dryRun = ['All'];
    return options;
  }

  /** Tells of a pod that is gone (waitForDelete). */
  private async isThere({ pod }: Leaving, evicting: boolean): Promise<boolean> {
    const { streams } = this.invocation;
    // Upstream would wait for pods that it only tried to delete.
    const found = this.dryRun === 'server' ? undefined : await this.fresh(pod);
    if (found && found.metadata.uid === pod.metadata.uid) {
      const { skipDeletedSeconds } = this.choice;
      if (!isLongDeleted(found, skipDeletedSeconds, this.time.now())) return true;
      streams.out(
        `pod ${JSON.stringify(pod.metadata.name)} has DeletionTimestamp older than ${skipDeletedSeconds} seconds, skipping\n`,
      );
      return false;
    }
    const printer = await namePrinter(evicting ? 'evicted' : 'deleted', this.dryRun);
    streams.out(printer.print(pod));
    return false;
  }

  private async fresh({ metadata }: KubeObject): Promise<KubeObject | undefined> {
    try {
      return await this.client.get(PODS, metadata.namespace ?? '', metadata.name ?? '');
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** False when the time is up, or nothing will change any more. */
  private pass(leaving: readonly Leaving[]): Promise<boolean> {
    const now = this.time.now();
    const next = Math.min(this.deadline, ...leaving.map(({ nextTry }) => nextTry ?? now + LONG));
    return next <= now ? Promise.resolve(false) : this.time.pass(next - now);
  }

  private tooLate({ pod, nextTry }: Leaving, evicting: boolean): Error {
    const { name, namespace } = pod.metadata;
    const named = { pod: JSON.stringify(name), namespace: JSON.stringify(namespace) };
    const why = this.time.now() >= this.deadline ? 'context deadline exceeded' : 'nothing will change any more';
    if (!evicting) return new CommandError(why);
    if (nextTry === undefined) {
      return new CommandError(
        `error when waiting for pod ${named.pod} in namespace ${named.namespace} to terminate: ${why}`,
      );
    }
    const timeout = formatDuration(this.invocation.flags.duration('timeout'));
    const reason = this.time.now() >= this.deadline ? `global timeout reached: ${timeout}` : why;
    return new CommandError(`error when evicting pods/${named.pod} -n ${named.namespace}: ${reason}`);
  }
}

function isTerminatingNamespace(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.reason === 'Forbidden' &&
    (error.status.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
  );
}
