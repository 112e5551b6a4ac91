/** The annotations that say what befalls simulated nodes and containers: commands write them, kubelets read them. */
import { formatTime } from './time';

/** Of a node: since when nothing is heard of its kubelet. */
export const FAILED_SINCE = 'kubetick.dev/failed-since';
/** Of a node: what presses it, `memory@FROM[-TO]`, `disk`, `pid`, parted by commas. */
export const PRESSURE = 'kubetick.dev/pressure';

export type Signal = 'memory' | 'disk' | 'pid';
export const SIGNALS: readonly Signal[] = ['memory', 'disk', 'pid'];

/** Of a pod: what is declared of one of its containers. */
export function containerAnnotation(container: string, name: string): string {
  return `${container}.kubetick.dev/${name}`;
}

/** That a container ended at this instant, whatever it was doing. */
export interface Befallen {
  at: number;
  exitCode: number;
  reason?: string;
}

/** The value of the annotation `end`: `2026-01-01T00:00:10Z=137/OOMKilled`. */
export function befallenText({ at, exitCode, reason }: Befallen): string {
  return `${formatTime(at)}=${exitCode}${reason ? `/${reason}` : ''}`;
}

/** `NAME@FROM[-TO]` with instants. */
export function windowText(name: string, from: number, to?: number): string {
  return `${name}@${formatTime(from)}${to === undefined ? '' : `-${formatTime(to)}`}`;
}
