/** The most and the least of cores and memory of the whole cluster (autoscaler `resourcequotas`, `cloudprovider/resource_limiter.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { wholeValue } from '../../apimachinery/quantity';
import type { Options } from './options';

const GIB = 1024 ** 3;

interface Amounts {
  cpu: number;
  memory: number;
}

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
    const { cpu, memory } = sumOf(nodes);
    return new Quotas({
      cpu: Math.max(0, options.range('cores-total').max - cpu),
      memory: Math.max(0, options.range('memory-total').max * GIB - memory),
    });
  }

  /** How much may still be taken away. */
  static forLeast(nodes: readonly KubeObject[], options: Options): Quotas {
    const { cpu, memory } = sumOf(nodes);
    return new Quotas({
      cpu: Math.max(0, cpu - options.range('cores-total').min),
      memory: Math.max(0, memory - options.range('memory-total').min * GIB),
    });
  }

  check(node: KubeObject, count: number): QuotaCheck {
    const each = amountsOf(node);
    const result: QuotaCheck = { allowed: count, exceeded: [] };
    for (const resource of ['cpu', 'memory'] as const) {
      if (each[resource] <= 0 || this.left[resource] >= each[resource] * count) continue;
      result.allowed = Math.min(result.allowed, Math.floor(this.left[resource] / each[resource]));
      result.exceeded.push(resource);
    }
    return result;
  }

  /** The same, and takes it where all of it is there. */
  consume(node: KubeObject, count: number): QuotaCheck {
    const result = this.check(node, count);
    if (result.allowed !== count) return result;
    const each = amountsOf(node);
    this.left.cpu = Math.max(0, this.left.cpu - each.cpu * count);
    this.left.memory = Math.max(0, this.left.memory - each.memory * count);
    return result;
  }
}

/** `exceeded quota: "cluster-wide", resources: cpu` */
export function quotaReason({ exceeded }: QuotaCheck): string {
  return `exceeded quota: "cluster-wide", resources: ${exceeded.join(', ')}`;
}

function sumOf(nodes: readonly KubeObject[]): Amounts {
  const sum = { cpu: 0, memory: 0 };
  for (const node of nodes) {
    if (node.metadata.labels?.['type'] === 'virtual-kubelet') continue;
    const { cpu, memory } = amountsOf(node);
    sum.cpu += cpu;
    sum.memory += memory;
  }
  return sum;
}

function amountsOf(node: KubeObject): Amounts {
  const capacity = node['status']?.capacity ?? {};
  return { cpu: wholeValue(capacity.cpu), memory: wholeValue(capacity.memory) };
}
