/** Amounts of one resource by its name, out of sums. */
import type { ResourceAmounts } from '../../apimachinery/pod-requests';

/** How much of this resource: thousandths for cpu, bytes or whole units for the others. */
export function amountIn(amounts: ResourceAmounts, resource: string): number {
  switch (resource) {
    case 'cpu':
      return amounts.milliCPU;
    case 'memory':
      return amounts.memory;
    case 'ephemeral-storage':
      return amounts.ephemeralStorage;
    default:
      return amounts.scalar[resource] ?? 0;
  }
}

/** Not cpu, memory or storage: extended resources, huge pages and the like (schedutil IsScalarResourceName). */
export function isScalar(resource: string): boolean {
  return resource !== 'cpu' && resource !== 'memory' && resource !== 'ephemeral-storage';
}

/** `300m`, `1Gi`, `2`: an amount as a person would write it. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
  if (resource !== 'memory' && resource !== 'ephemeral-storage' && !resource.startsWith('hugepages-'))
    return String(amount);
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
  let unit = 0;
  let rest = amount;
  while (rest !== 0 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest}${units[unit]}`;
}
