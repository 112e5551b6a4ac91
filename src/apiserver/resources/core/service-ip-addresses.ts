/** The IPAddress objects of a Service's addresses, which say who has them (pkg/registry/core/service/ipallocator/ipallocator.go). */
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Companion, StrategyContext } from '../../resource';
import type { ServiceSpec } from '../../validation/service-types';

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const FAMILY = 'ipaddress.kubernetes.io/ip-family';
const ALLOCATOR = 'ipallocator.k8s.io';

/** Those that come and those that go when a Service becomes another; either is undefined where there is none. */
export function addressCompanions(
  service: KubeObject | undefined,
  old: KubeObject | undefined,
  { clock }: Pick<StrategyContext, 'clock'>,
): Companion[] {
  const now = addressesOf(service);
  const before = addressesOf(old);
  const companion = (name: string, object: KubeObject | undefined): Companion => ({
    group: 'networking.k8s.io',
    resource: 'ipaddresses',
    name,
    object,
  });
  return [
    ...now
      .filter((address) => !before.includes(address))
      .map((address) => companion(address, ipAddress(service as KubeObject, address, formatTime(clock.now())))),
    ...before.filter((address) => !now.includes(address)).map((address) => companion(address, undefined)),
  ];
}

function addressesOf(service: KubeObject | undefined): readonly string[] {
  const { type, clusterIPs = [] }: ServiceSpec = service?.spec ?? {};
  return type === 'ExternalName' ? [] : clusterIPs.filter((address) => address !== 'None' && address !== '');
}

export function ipAddress({ metadata }: KubeObject, address: string, time: string): KubeObject {
  const { namespace = '', name = '' } = metadata;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      creationTimestamp: time,
      labels: { [FAMILY]: address.includes(':') ? 'IPv6' : 'IPv4', [MANAGED_BY]: ALLOCATOR },
      managedFields: [
        {
          manager: 'kube-apiserver',
          operation: 'Update',
          apiVersion: 'networking.k8s.io/v1',
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': { 'f:labels': { '.': {}, [`f:${FAMILY}`]: {}, [`f:${MANAGED_BY}`]: {} } },
            'f:spec': { 'f:parentRef': { '.': {}, 'f:name': {}, 'f:namespace': {}, 'f:resource': {} } },
          },
        },
      ],
    },
    spec: { parentRef: { name, namespace, resource: 'services' } },
  };
}
