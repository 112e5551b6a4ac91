/**
 * Holds back what a command says until what it did is durable: nothing is reported as done that a crash could undo. Both
 * streams are held in one order, so that they come out as they were written.
 */
import { wallClockNow } from '../host/wall-clock';
import type { Streams } from './command';

/** Real milliseconds of work that a long command may hold back before it makes it durable and tells. */
const GROUP = 50;
/** Making it durable may take at most this part of its time. */
const SHARE = 1 / 8;

export class OutputBuffer {
  private held: { stream: 'out' | 'err'; text: string }[] = [];
  private since: number | undefined;
  private group = GROUP;
  private input: Promise<string> | undefined;
  readonly streams: Streams;

  /** `settle` makes everything acknowledged so far durable. */
  constructor(
    private readonly target: Streams,
    private readonly settle: () => Promise<void>,
  ) {
    const held = (stream: 'out' | 'err') => (text: string) => {
      if (text !== '') this.held.push({ stream, text });
    };
    const { line, progress } = target;
    this.streams = {
      ...(line ? { line: () => line.call(target) } : {}),
      ...(progress ? { progress: (line: string) => progress.call(target, line) } : {}),
      out: held('out'),
      err: held('err'),
      // Read once; a command that goes through its files twice finds it again.
      stdin: () => {
        this.input ??= target.stdin();
        return this.input;
      },
      get columns() {
        return target.columns;
      },
      get colour() {
        return target.colour;
      },
      get isTerminal() {
        return target.isTerminal;
      },
      get closed() {
        return target.closed ?? false;
      },
    };
  }

  /** Between the objects of a command of many: releases what is held when enough time has passed. */
  async checkpoint(): Promise<void> {
    if (this.held.length === 0) return;
    const now = wallClockNow();
    this.since ??= now;
    if (now - this.since < this.group) return;
    await this.release();
    this.since = wallClockNow();
    this.group = Math.max(GROUP, (this.since - now) / SHARE);
  }

  /** Makes everything durable, then writes what is held. When that fails nothing that was held is told. */
  async release(): Promise<void> {
    const held = this.held;
    this.held = [];
    await this.settle();
    let run = '';
    held.forEach(({ stream, text }, i) => {
      run += text;
      if (held[i + 1]?.stream === stream) return;
      this.target[stream](run);
      run = '';
    });
  }
}
