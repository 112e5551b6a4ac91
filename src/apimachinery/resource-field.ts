/** What a `resourceFieldRef` shows (kubernetes `pkg/api/v1/resource/helpers.go` ExtractContainerResourceValue, and kubectl's copy of it). */
import type { Json } from './json';
import { toQuantity } from './quantity';

export interface ResourceFieldSelector {
  containerName?: string;
  /** `limits.cpu`, `requests.memory` … */
  resource: string;
  divisor?: string;
}

export interface ResourceAmounts {
  requests?: Record<string, Json>;
  limits?: Record<string, Json>;
}

/** The amount divided by the divisor, rounded up; 0 for one that is not there. */
export function resourceFieldText(selector: ResourceFieldSelector, resources: ResourceAmounts | undefined): string {
  const { list, name } = resourceFieldParts(selector);
  const amount = toQuantity(resources?.[list]?.[name] ?? '0');
  const divisor = toQuantity(selector.divisor ?? '0');
  const by = divisor.isZero() ? toQuantity('1') : divisor;
  return name === 'cpu'
    ? String(Math.ceil(amount.milliValue() / by.milliValue()))
    : String(Math.ceil(amount.value() / by.value()));
}

export function resourceFieldParts({ resource }: ResourceFieldSelector): { list: 'requests' | 'limits'; name: string } {
  const [list = '', name = ''] = resource.split(/\.(.*)/s);
  return { list: list === 'limits' ? list : 'requests', name };
}
