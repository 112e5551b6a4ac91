/** `pods/log?follow=true`: goes on as simulated time does, until the container ends (kubernetes `pkg/kubelet/kuberuntime/logs` ReadLogs). */
import type { KubeObject } from '../../apimachinery/meta';
import { CLOCK_KEY, readClockRecord } from '../../sim/clock-record';
import type { ContainerLog } from '../../sim/kubelet/container-log';
import { type Change, CompactedError, type Revision } from '../../store/store';
import type { ServerCore } from '../request-context';
import { objectKey, objectOf, resourcePrefix } from '../stored';
import type { LogText } from './log-text';

export interface Followed {
  core: ServerCore;
  /** The changes after this revision are looked at. */
  since: Revision;
  pod: KubeObject;
  container: string;
  /** Read up to now. */
  log: ContainerLog;
  text: LogText;
  signal?: AbortSignal;
}

/** Written out rather than as a generator: one that waits for the next change can't be told that nobody listens any more. */
export class LogFollower implements AsyncIterator<string> {
  private readonly changes: AsyncIterator<Change>;
  private readonly podKey: string;
  private done = false;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param ready what is told before anything changes. */
  constructor(
    private readonly followed: Followed,
    private ready: string,
  ) {
    const { core, since, pod, signal } = followed;
    const { namespace = '', name = '' } = pod.metadata;
    this.podKey = objectKey(resourcePrefix('', 'pods'), namespace, name);
    this.changes = core.store.changes(since, '/')[Symbol.asyncIterator]();
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', this.stop, { once: true });
  }

  next(): Promise<IteratorResult<string>> {
    const result = this.turn.then(() => this.take());
    this.turn = result.catch(this.stop);
    return result;
  }

  async return(): Promise<IteratorResult<string>> {
    this.stop();
    return { done: true, value: undefined };
  }

  private readonly stop = (): void => {
    this.done = true;
    this.followed.signal?.removeEventListener('abort', this.stop);
    void this.changes.return?.();
  };

  private async take(): Promise<IteratorResult<string>> {
    for (;;) {
      if (this.ready !== '') {
        const value = this.ready;
        this.ready = '';
        return { done: false, value };
      }
      if (this.done) return { done: true, value: undefined };
      try {
        const { done, value } = await this.changes.next();
        if (done) this.stop();
        else await this.look(value);
      } catch (error) {
        if (!(error instanceof CompactedError)) throw error;
        this.stop();
      }
    }
  }

  /** What a change means for the log: more of it, or its end. */
  private async look(change: Change): Promise<void> {
    const { log, text } = this.followed;
    if (change.key === CLOCK_KEY) {
      const now = readClockRecord(change.value);
      if (now !== undefined) this.ready = text.add(log.readUntil(now));
    } else if (change.key === this.podKey) await this.lookAtPod(change);
    if (text.full) this.stop();
  }

  private async lookAtPod(change: Change): Promise<void> {
    const { core, container, log, text } = this.followed;
    const end = change.type === 'delete' ? core.clock.now() : endOf(objectOf(change.value, 0), container, log);
    if (end === undefined) return;
    this.ready = text.add(log.readUntil(end));
    this.stop();
  }
}

interface Status {
  name: string;
  containerID?: string;
  state?: { terminated?: { finishedAt?: string } };
}

/** When the run that is followed ended; undefined while it goes on. */
function endOf(pod: KubeObject, container: string, log: ContainerLog): number | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod['status'] ?? {};
  const statuses: Status[] = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const status = statuses.find(({ name }) => name === container);
  if (status?.containerID === log.containerID && !status.state?.terminated) return undefined;
  const finished = Date.parse(status?.state?.terminated?.finishedAt ?? '');
  return Number.isNaN(finished) ? Number.MAX_SAFE_INTEGER : finished;
}
