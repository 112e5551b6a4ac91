/** The blocks of addresses that nodes give to their pods (kubernetes `pkg/controller/nodeipam/ipam/cidrset`), IPv4. */

/** How many blocks of `/mask` there are in a CIDR. */
export function podCIDRCount(clusterCIDR: string, mask: number): number {
  return 2 ** (mask - Number(clusterCIDR.slice(clusterCIDR.indexOf('/') + 1)));
}

/** The block with this index, from 0: `10.244.3.0/24`. RangeError when there are not so many. */
export function podCIDR(clusterCIDR: string, mask: number, index: number): string {
  if (index >= podCIDRCount(clusterCIDR, mask))
    throw new RangeError('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range');
  const base = addressToNumber(clusterCIDR.slice(0, clusterCIDR.indexOf('/')));
  return `${numberToAddress(base + index * 2 ** (32 - mask))}/${mask}`;
}

/** 10.244.0.1 → 183762945. */
export function addressToNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

export function numberToAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
