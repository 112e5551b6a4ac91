/** Pods and figures for the arithmetic of autoscalers, in a few words: `ready 300`, `pending`, `missing`, `fresh 300/500`. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { formatTime } from '../../../src/apimachinery/time';
import type { PodMetric } from '../../../src/sim/controllers/horizontalpodautoscaler/group-pods';
import type { Situation } from '../../../src/sim/controllers/horizontalpodautoscaler/replica-calculator';

export const NOW = Date.parse('2026-01-01T12:00:00Z');
const WINDOW = 15_000;

/** When it started, and how its readiness stands since when: seconds before now. */
const STATES: Record<string, { phase: string; started?: number; ready?: [status: string, since: number] }> = {
  ready: { phase: 'Running', started: 600, ready: ['True', 590] },
  /** For 10 minutes, and never was. */
  never: { phase: 'Running', started: 600, ready: ['False', 590] },
  /** It was, until a minute ago. */
  fell: { phase: 'Running', started: 600, ready: ['False', 60] },
  /** In its first five minutes, and not ready yet. */
  starting: { phase: 'Running', started: 60, ready: ['False', 55] },
  /** Ready for less than a window. */
  fresh: { phase: 'Running', started: 60, ready: ['True', 5] },
  warm: { phase: 'Running', started: 60, ready: ['True', 30] },
  unknown: { phase: 'Running' },
  pending: { phase: 'Pending' },
  failed: { phase: 'Failed', started: 600, ready: ['False', 100] },
  deleting: { phase: 'Running', started: 600, ready: ['True', 590] },
  missing: { phase: 'Running', started: 600, ready: ['True', 590] },
};

/** `words` is one pod: its state, its figure, what it requests (1000 unless told; `-` for nothing). */
export function situation(
  words: readonly string[],
  currentReplicas: number,
  tolerances = { scaleDown: 0.1, scaleUp: 0.1 },
): { situation: Situation; metrics: Map<string, PodMetric> } {
  const metrics = new Map<string, PodMetric>();
  const pods = words.map((text, i): KubeObject => {
    const [state = '', figure = ''] = text.split(' ');
    const [value = '', request = '1000'] = figure.split('/');
    const name = `pod-${i}`;
    if (value !== '') metrics.set(name, { timestamp: NOW, window: WINDOW, value: Number(value) });
    return pod(name, state, request);
  });
  return { situation: { pods, currentReplicas, tolerances, now: NOW }, metrics };
}

function pod(name: string, state: string, request: string): KubeObject {
  const { phase, started, ready } = STATES[state] as (typeof STATES)[string];
  const ago = (seconds: number) => formatTime(NOW - seconds * 1000);
  const requests = request === '-' ? {} : { cpu: `${request}m`, memory: `${request}m` };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...(state === 'deleting' ? { deletionTimestamp: ago(1) } : {}) },
    spec: { containers: [{ name: 'app', resources: { requests } }] },
    status: {
      phase,
      ...(started === undefined ? {} : { startTime: ago(started) }),
      ...(ready ? { conditions: [{ type: 'Ready', status: ready[0], lastTransitionTime: ago(ready[1]) }] } : {}),
    },
  };
}
