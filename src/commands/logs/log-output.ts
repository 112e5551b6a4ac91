/** Asks for logs and prints them, one after another or side by side as they grow (LogsOptions.RunLogs). */
import { ApiError } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { CommandError, type Invocation, type TimePassing } from '../command';
import { messageOf } from '../errors';
import { PODS } from '../pods/pods-of';
import { WatchReader } from '../watch-reader';
import type { LogRequest } from './log-requests';

export interface LogOutput {
  prefix: boolean;
  ignoreErrors: boolean;
  /** How long a log that is followed may fail. */
  timeout: number;
}

/** How long to wait before a log that could not be had is asked for again. */
const RETRY_INTERVAL = 1000;
/** How far time may go in one step while nothing happens. */
const STEP = 3_600_000;

/** One after another. */
export async function printLogs(
  invocation: Invocation,
  requests: readonly LogRequest[],
  how: LogOutput,
): Promise<void> {
  const { streams } = invocation;
  for (const request of requests) {
    const lines = new Lines(request, how, streams.out);
    try {
      for await (const text of (await openLog(invocation, request)) ?? []) {
        lines.add(text);
        await invocation.checkpoint();
      }
      lines.end();
    } catch (error) {
      if (!how.ignoreErrors) throw error;
      streams.out(`error: ${messageOf(error)}\n`);
    }
  }
}

/** Side by side, until all have ended: on a cluster whose time stands still, following is what moves it. */
export async function followLogs(
  invocation: Invocation,
  requests: readonly LogRequest[],
  how: LogOutput,
): Promise<void> {
  const abort = new AbortController();
  const time = await invocation.time();
  const followed = requests.map((request) => new Followed(invocation, request, how, time, abort.signal));
  try {
    for (;;) {
      for (const each of followed) await each.caughtUp();
      if (followed.every(({ ended }) => ended)) return;
      await invocation.release();
      if (invocation.streams.closed) return;
      const failing = followed.some((each) => each.failing);
      if (!(await time.pass(failing ? RETRY_INTERVAL : STEP))) break;
    }
    // Nothing will ever change: what failed until now always will.
    if (followed.some(({ refused }) => refused)) throw new CommandError('context deadline exceeded');
  } finally {
    abort.abort();
  }
}

/** One log that is followed: asked for again while it fails, for a time. */
class Followed {
  ended = false;
  /** When it first failed. */
  private failedAt: number | undefined;
  private retryAt = 0;
  private wasRefused = false;
  private reader: WatchReader<string> | undefined;
  private readonly lines: Lines;

  constructor(
    private readonly invocation: Invocation,
    private readonly request: LogRequest,
    private readonly how: LogOutput,
    private readonly time: TimePassing,
    private readonly signal: AbortSignal,
  ) {
    this.lines = new Lines(request, how, (text) => invocation.streams.out(text));
  }

  /** Its pod has a node that does not show it. */
  get refused(): boolean {
    return this.failing && this.wasRefused;
  }

  get failing(): boolean {
    return !this.ended && !this.reader;
  }

  /** Prints all that has come. */
  async caughtUp(): Promise<void> {
    if (this.ended) return;
    if (!this.reader && this.time.now() >= this.retryAt) await this.open();
    if (!this.reader) return;
    await this.reader.caughtUp();
    if (!this.reader.ended) return;
    this.lines.end();
    this.ended = true;
  }

  private async open(): Promise<void> {
    const { invocation, how } = this;
    try {
      const chunks = await openLog(invocation, this.request, this.signal);
      if (!chunks) {
        if (!this.retry()) this.ended = true;
        return;
      }
      this.reader = new WatchReader(chunks, async (text) => {
        this.lines.add(text);
        await invocation.release();
      });
    } catch (error) {
      if (how.ignoreErrors) {
        invocation.streams.out(`error: ${messageOf(error)}\n`);
        this.ended = true;
        return;
      }
      invocation.streams.err(`${messageOf(error)}\n`);
      if (!(error instanceof ApiError)) throw error;
      this.wasRefused = true;
      if (!this.retry()) throw new CommandError('context deadline exceeded');
    }
  }

  /** Asks again in a second; false when it has failed for too long. */
  private retry(): boolean {
    const now = this.time.now();
    this.failedAt ??= now;
    this.retryAt = now + RETRY_INTERVAL;
    return now - this.failedAt < this.how.timeout;
  }
}

/** Undefined for a pod that no node has yet: nothing was written, and nobody can tell when it will. */
async function openLog(
  invocation: Invocation,
  { pod, query }: LogRequest,
  signal?: AbortSignal,
): Promise<AsyncIterable<string> | undefined> {
  const client = await invocation.client();
  const { namespace = '', name = '' } = pod.metadata;
  const path = resourcePath(PODS, namespace, name, 'log');
  const { code, body, chunks } = await client.send({ method: 'GET', path, query, ...(signal ? { signal } : {}) });
  if (code === 204) return undefined;
  return chunks ?? once(typeof body === 'string' ? body : '');
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** Holds text until a line is whole, and writes it behind its prefix, so that lines of several logs don't mix. */
class Lines {
  private readonly prefix: string;
  private rest = '';

  constructor(
    { pod, container }: LogRequest,
    { prefix }: LogOutput,
    private readonly write: (text: string) => void,
  ) {
    this.prefix = prefix ? `[pod/${pod.metadata.name}/${container}] ` : '';
  }

  add(text: string): void {
    const lines = (this.rest + text).split(/(?<=\n)/);
    const last = lines.at(-1) ?? '';
    this.rest = last.endsWith('\n') ? '' : last;
    if (this.rest !== '') lines.pop();
    this.write(this.prefix === '' ? lines.join('') : lines.map((line) => line && this.prefix + line).join(''));
  }

  end(): void {
    if (this.rest !== '') this.write(this.prefix + this.rest);
    this.rest = '';
  }
}
