/** NetworkPolicies with their selectors and networks read. */
import { type Network, parseCIDR } from '../../../apimachinery/ip';
import { type LabelSelector, type LabelSelectorObject, selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { keyOf } from '../../resource-names';
import type { Protocol } from '../model';

export type Direction = 'Ingress' | 'Egress';

export interface PolicyView {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** The pods of its namespace that it isolates. */
  readonly podSelector: LabelSelector;
  readonly types: readonly Direction[];
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}

/** It lets through what comes from (or goes to) one of the peers on one of the ports; none means any. */
export interface PolicyRule {
  readonly ports: readonly PolicyPort[];
  readonly peers: readonly PolicyPeer[];
}

export interface PolicyPort {
  readonly protocol: Protocol;
  /** A number, a name of the destination pod's container ports, or undefined for all. */
  readonly port: number | string | undefined;
  readonly endPort: number | undefined;
}

export interface PolicyPeer {
  /** Absent: the policy's own namespace. */
  readonly namespaceSelector: LabelSelector | undefined;
  /** Absent: all pods. */
  readonly podSelector: LabelSelector | undefined;
  readonly block: { readonly network: Network; readonly except: readonly Network[] } | undefined;
}

export function policyView(policy: KubeObject): PolicyView {
  const { namespace = '', name = '' } = policy.metadata;
  const { podSelector = {}, policyTypes = ['Ingress'], ingress = [], egress = [] } = policy['spec'] ?? {};
  return {
    key: keyOf(policy),
    namespace,
    name,
    podSelector: selectorOf(podSelector),
    types: policyTypes,
    ingress: ingress.map((rule: Rule) => ruleOf(rule.ports, rule.from)),
    egress: egress.map((rule: Rule) => ruleOf(rule.ports, rule.to)),
  };
}

interface Peer {
  podSelector?: LabelSelectorObject;
  namespaceSelector?: LabelSelectorObject;
  ipBlock?: { cidr: string; except?: string[] };
}
interface Rule {
  ports?: { protocol?: Protocol; port?: number | string; endPort?: number }[];
  from?: Peer[];
  to?: Peer[];
}

function ruleOf(ports: Rule['ports'] = [], peers: Peer[] = []): PolicyRule {
  return {
    ports: ports.map(({ protocol = 'TCP', port, endPort }) => ({ protocol, port, endPort })),
    peers: peers.map(({ podSelector, namespaceSelector, ipBlock }) => ({
      podSelector: podSelector && selectorOf(podSelector),
      namespaceSelector: namespaceSelector && selectorOf(namespaceSelector),
      block: ipBlock && blockOf(ipBlock),
    })),
  };
}

function blockOf({ cidr, except = [] }: NonNullable<Peer['ipBlock']>): PolicyPeer['block'] {
  const network = parseCIDR(cidr);
  return network && { network, except: except.flatMap((one) => parseCIDR(one) ?? []) };
}
