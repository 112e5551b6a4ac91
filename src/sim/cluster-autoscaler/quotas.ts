/** The most and the least of cores, memory and GPUs of the whole cluster (autoscaler `resourcequotas`, `cloudprovider/resource_limiter.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { wholeValue } from '../../apimachinery/quantity';
import { gpuOf } from './gpu';
import type { Options } from './options';

const GIB = 1024 ** 3;

/** By resource: `cpu`, `memory`, or the type of a GPU. */
type Amounts = Map<string, number>;

export interface QuotaCheck {
  /** So many of the nodes are allowed. */
  allowed: number;
  /** What there is not enough of. */
  exceeded: string[];
}

export class Quotas {
  private constructor(private readonly left: Amounts) {}

  /** How much may still be added. */
  static forMost(nodes: readonly KubeObject[], options: Options): Quotas {
    return Quotas.within(nodes, options, ({ max }, used) => max - used);
  }

  /** How much may still be taken away. */
  static forLeast(nodes: readonly KubeObject[], options: Options): Quotas {
    return Quotas.within(nodes, options, ({ min }, used) => used - min);
  }

  private static within(
    nodes: readonly KubeObject[],
    options: Options,
    leftOf: (limit: Limit, used: number) => number,
  ): Quotas {
    const used = sumOf(nodes);
    const left: Amounts = new Map();
    for (const [resource, limit] of limitsOf(options))
      left.set(resource, Math.max(0, leftOf(limit, used.get(resource) ?? 0)));
    return new Quotas(left);
  }

  check(node: KubeObject, count: number): QuotaCheck {
    const result: QuotaCheck = { allowed: count, exceeded: [] };
    for (const [resource, each] of amountsOf(node)) {
      const left = this.left.get(resource);
      if (each <= 0 || left === undefined || left >= each * count) continue;
      result.allowed = Math.min(result.allowed, Math.floor(left / each));
      result.exceeded.push(resource);
    }
    return result;
  }

  /** The same, and takes it where all of it is there. */
  consume(node: KubeObject, count: number): QuotaCheck {
    const result = this.check(node, count);
    if (result.allowed !== count) return result;
    for (const [resource, each] of amountsOf(node)) {
      const left = this.left.get(resource);
      if (left !== undefined) this.left.set(resource, Math.max(0, left - each * count));
    }
    return result;
  }
}

/** `exceeded quota: "cluster-wide", resources: cpu` */
export function quotaReason({ exceeded }: QuotaCheck): string {
  return `exceeded quota: "cluster-wide", resources: ${exceeded.join(', ')}`;
}

interface Limit {
  min: number;
  max: number;
}

function limitsOf(options: Options): Map<string, Limit> {
  const memory = options.range('memory-total');
  const limits = new Map([
    ['cpu', options.range('cores-total')],
    ['memory', { min: memory.min * GIB, max: memory.max * GIB }],
  ]);
  for (const text of options.list('gpu-total')) {
    const [type = '', min = '0', max = '0'] = text.split(':');
    limits.set(type, { min: Number(min), max: Number(max) });
  }
  return limits;
}

function sumOf(nodes: readonly KubeObject[]): Amounts {
  const sum: Amounts = new Map();
  for (const node of nodes) {
    if (node.metadata.labels?.['type'] === 'virtual-kubelet') continue;
    for (const [resource, amount] of amountsOf(node)) sum.set(resource, (sum.get(resource) ?? 0) + amount);
  }
  return sum;
}

/** totalNodeResources: a GPU whose type no label tells counts for nothing. */
function amountsOf(node: KubeObject): [resource: string, amount: number][] {
  const capacity = node['status']?.capacity ?? {};
  const amounts: [string, number][] = [
    ['cpu', wholeValue(capacity.cpu)],
    ['memory', wholeValue(capacity.memory)],
  ];
  const gpu = gpuOf(node);
  if (gpu && gpu.type !== '') amounts.push([gpu.type, gpu.count]);
  return amounts;
}
