/** From the lines of a log to the text that was asked for (kubernetes `pkg/kubelet/kuberuntime/logs`). */
import type { LogLine } from '../../sim/kubelet/container-log';
import type { PodLogOptions } from './pod-log-options';

/** One reading of a log: knows how much of it may still be told. */
export class LogText {
  private remaining: number;
  private readonly since: number;
  private first = true;

  constructor(
    private readonly options: PodLogOptions,
    now: number,
  ) {
    this.remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.since = options.sinceTime ?? (options.sinceSeconds === undefined ? 0 : now - options.sinceSeconds * 1000);
  }

  /** All that may be told has been. */
  get full(): boolean {
    return this.remaining <= 0;
  }

  /** The lines of the log as text; of the first ones only the last few, when that was asked for. */
  add(lines: readonly LogLine[]): string {
    const { tailLines, timestamps } = this.options;
    const wanted = this.first && tailLines !== undefined ? lines.slice(Math.max(0, lines.length - tailLines)) : lines;
    this.first = false;
    let text = '';
    for (const line of wanted) {
      if (this.full) break;
      if (line.at < this.since) continue;
      text += this.cut(timestamps ? `${timestamp(line.at)} ${line.text}` : line.text);
    }
    return text;
  }

  private cut(text: string): string {
    if (this.remaining === Number.POSITIVE_INFINITY) return text;
    const bytes = new TextEncoder().encode(text);
    const kept = bytes.length <= this.remaining ? text : new TextDecoder().decode(bytes.slice(0, this.remaining));
    this.remaining -= bytes.length;
    return kept;
  }
}

/** `2026-01-01T00:00:02.000000000Z` (RFC3339NanoFixed). */
function timestamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '000000Z');
}
