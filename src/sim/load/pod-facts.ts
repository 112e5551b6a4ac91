/** What load looks at in a pod, read once for each state of it: pods are many, and most stay as they are for hours. */
import type { KubeObject } from '../../apimachinery/meta';
import { milliValue, parseQuantity, wholeValue } from '../../apimachinery/quantity';
import { remembered } from '../../apimachinery/remembered';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { readySince } from '../controllers/pod-state';
import type { ContainerStatus } from '../kubelet/container';
import { declarationOf } from '../kubelet/declared';
import { hungerOf } from '../kubelet/stress';

export interface RunningContainer {
  name: string;
  /** It does the work of the pod, and is no sidecar. */
  isMain: boolean;
  startedAt: Instant;
  /** Cores and bytes. */
  requests: Amounts;
  limits: Partial<Amounts>;
  /** What annotations, or its command, say that it uses. */
  annotated: Partial<Amounts>;
}

export interface Amounts {
  cpu: number;
  memory: number;
}

export interface PodFacts {
  containers: readonly RunningContainer[];
  /** When the last of them started. */
  youngest: Instant;
  /** The same for all pods whose containers differ in nothing but when they started. */
  shape: object;
  /** Since when it is ready and serves; undefined where it does not. */
  readySince: Instant | undefined;
  startedAt: Instant | undefined;
}

/** kwok `charts/metrics-usage/templates/usage-from-annotation.yaml`: of a pod, so much in each of its containers. */
const KWOK = { cpu: 'kwok.x-k8s.io/usage-cpu', memory: 'kwok.x-k8s.io/usage-memory' } as const;

/** Pods are frozen. */
const known = new WeakMap<KubeObject, PodFacts>();

export function factsOf(pod: KubeObject): PodFacts {
  let facts = known.get(pod);
  if (!facts) {
    facts = read(pod);
    known.set(pod, facts);
  }
  return facts;
}

function read(pod: KubeObject): PodFacts {
  const containers = runningContainers(pod);
  return {
    containers,
    youngest: Math.max(...containers.map(({ startedAt }) => startedAt)),
    shape: shapeNamed(JSON.stringify(containers.map(({ startedAt: _, ...rest }) => rest))),
    readySince: pod.metadata.deletionTimestamp === undefined ? readySince(pod) : undefined,
    startedAt: parseTime(pod['status']?.startTime ?? ''),
  };
}

/** Few, however many pods there are. Forgetting them costs only work. */
const shapeNamed = remembered(1000, (): object => ({}));

interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

/** In the order of the spec, sidecars first. */
function runningContainers(pod: KubeObject): RunningContainer[] {
  const { status, spec } = pod;
  if (status?.phase !== 'Running') return [];
  const running: RunningContainer[] = [];
  const add = (list: Container[] | undefined, statuses: ContainerStatus[] | undefined, isMain: boolean) => {
    for (const container of list ?? []) {
      const { name, resources = {} } = container;
      const text = statuses?.find((one) => one.name === name)?.state?.running?.startedAt;
      const startedAt = parseTime(text ?? '');
      if (startedAt === undefined) continue;
      const { requests = {} } = resources;
      // What the pod may use as a whole bounds each that has no limit of its own.
      const limits: Record<string, string> = { ...spec?.resources?.limits, ...resources.limits };
      running.push({
        name,
        isMain,
        startedAt,
        requests: { cpu: cores(requests['cpu']), memory: wholeValue(requests['memory']) },
        limits: {
          ...(limits['cpu'] === undefined ? {} : { cpu: cores(limits['cpu']) }),
          ...(limits['memory'] === undefined ? {} : { memory: wholeValue(limits['memory']) }),
        },
        annotated: { ...hungerOf(container), ...annotatedUse(pod, name, isMain) },
      });
    }
  };
  add(spec?.initContainers, status.initContainerStatuses, false);
  add(spec?.containers, status.containerStatuses, true);
  return running;
}

function cores(quantity: string | undefined): number {
  return milliValue(quantity) / 1000;
}

function annotatedUse(pod: KubeObject, name: string, isMain: boolean): Partial<Amounts> {
  const cpu = annotation(pod, KWOK.cpu);
  const memory = annotation(pod, KWOK.memory) ?? declarationOf(pod).of(name, isMain).memoryUsage;
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

function annotation({ metadata }: KubeObject, key: string): number | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    return parseQuantity(text.trim()).toNumber();
  } catch {
    // What is no quantity says nothing.
    return undefined;
  }
}
