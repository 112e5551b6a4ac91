/** The blocks of addresses that nodes give to their pods (kubernetes `pkg/controller/nodeipam/ipam/cidrset`). */
import { formatIP, networkBase, parseCIDR } from '../apimachinery/ip';
import type { Settings } from './controller';

/** kube-controller-manager --node-cidr-mask-size-ipv6 */
const IPV6_MASK = 64;

type Ranges = Pick<Settings, 'clusterCIDR' | 'nodeCIDRMaskSize'>;

/** The blocks of one node, one of each family that the cluster has. RangeError when there are not so many. */
export function podCIDRs({ clusterCIDR, nodeCIDRMaskSize }: Ranges, index: number): string[] {
  return clusterCIDR.split(',').map((cidr) => podCIDR(cidr, maskFor(cidr, nodeCIDRMaskSize), index));
}

/** For how many nodes there are blocks. */
export function podCIDRsCount({ clusterCIDR, nodeCIDRMaskSize }: Ranges): number {
  return Math.min(...clusterCIDR.split(',').map((cidr) => podCIDRCount(cidr, maskFor(cidr, nodeCIDRMaskSize))));
}

function maskFor(cidr: string, ipv4Mask: number): number {
  return cidr.includes(':') ? IPV6_MASK : ipv4Mask;
}

/** How many blocks of `/mask` there are in a CIDR. */
export function podCIDRCount(clusterCIDR: string, mask: number): number {
  return 2 ** (mask - Number(clusterCIDR.slice(clusterCIDR.indexOf('/') + 1)));
}

/** The block with this index, from 0: `10.244.3.0/24`. RangeError when there are not so many. */
export function podCIDR(clusterCIDR: string, mask: number, index: number): string {
  if (index >= podCIDRCount(clusterCIDR, mask))
    throw new RangeError('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range');
  const network = clusterCIDR.includes(':') ? parseCIDR(clusterCIDR) : undefined;
  if (network) {
    const value = networkBase(network) + (BigInt(index) << BigInt(128 - mask));
    return `${formatIP({ family: 6, value })}/${mask}`;
  }
  const base = addressToNumber(clusterCIDR.slice(0, clusterCIDR.indexOf('/')));
  return `${numberToAddress(base + index * 2 ** (32 - mask))}/${mask}`;
}

/** 10.244.0.1 → 183762945. */
export function addressToNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

export function numberToAddress(number: number): string {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
}
