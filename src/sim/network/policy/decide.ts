/**
 * Whether NetworkPolicies let a connection through: pure, and able to say which policy and rule decides (kubernetes
 * `staging/src/k8s.io/api/networking/v1/types.go`; what the API leaves to network plugins is decided as most do).
 *
 * A pod that no policy selects in a direction lets everything through in it. Once selected, only what some rule of some policy
 * lets through passes: policies add up, their order does not matter. A connection must pass the egress of where it comes from
 * and the ingress of where it goes to; answers to it always pass.
 */
import { contains, parseIP } from '../../../apimachinery/ip';
import type { Labels, PodPort, Protocol } from '../model';
import type { Direction, PolicyPeer, PolicyPort, PolicyRule, PolicyView } from './views';

/** One end of a connection: a pod, or an address outside of what policies can name by labels. */
export interface PolicyEnd {
  readonly ip: string;
  readonly pod?: PolicyPod | undefined;
}

export interface PolicyPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  /** On the network of its node no policy concerns it, and no selector finds it. */
  readonly hostNetwork: boolean;
  readonly ports: readonly PodPort[];
  readonly node?: string;
}

export interface PolicyPortQuestion {
  readonly protocol: Protocol;
  readonly port: number;
}

/** What one end says. */
export interface DirectionVerdict {
  readonly direction: Direction;
  readonly allowed: boolean;
  /**
   * `not-isolated`: no policy selects the pod in this direction; `rule`: a rule lets it through; `default-deny`: it is
   * isolated and no rule does; `node`: it is between a pod and its own node, which is never held up; `outside`: this end is no pod here.
   */
  readonly reason: 'not-isolated' | 'rule' | 'default-deny' | 'node' | 'outside';
  /** `namespace/name` of the policy whose rule lets it through. */
  readonly policy?: string;
  /** Which of its rules, from 0: `spec.ingress[1]`. */
  readonly rule?: number;
  /** Which peer and port of the rule; absent where the rule takes any. */
  readonly peer?: number;
  readonly port?: number;
  /** All policies that isolate the pod in this direction. */
  readonly isolatedBy: readonly string[];
}

export interface PolicyVerdict {
  readonly allowed: boolean;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}

/** Decides a connection `from` → `to`, at the address and port where it ends up after all translation. */
export function decidePolicies(
  policies: readonly PolicyView[],
  from: PolicyEnd,
  to: PolicyEnd,
  port: PolicyPortQuestion,
): PolicyVerdict {
  const egress = decideDirection(policies, 'Egress', from, to, to.pod, port);
  const ingress = decideDirection(policies, 'Ingress', to, from, to.pod, port);
  return { allowed: egress.allowed && ingress.allowed, egress, ingress };
}

/** @param destination names of ports are those of the pod that is asked, in both directions */
function decideDirection(
  policies: readonly PolicyView[],
  direction: Direction,
  here: PolicyEnd,
  there: PolicyEnd,
  destination: PolicyPod | undefined,
  port: PolicyPortQuestion,
): DirectionVerdict {
  const { pod } = here;
  if (!pod || pod.hostNetwork) return { direction, allowed: true, reason: 'outside', isolatedBy: [] };
  const isolating = policies.filter(
    (policy) =>
      policy.namespace === pod.namespace && policy.types.includes(direction) && policy.podSelector.matches(pod.labels),
  );
  if (isolating.length === 0) return { direction, allowed: true, reason: 'not-isolated', isolatedBy: [] };
  const isolatedBy = isolating.map(({ key }) => key);
  for (const policy of isolating) {
    const rules = direction === 'Ingress' ? policy.ingress : policy.egress;
    for (const [index, rule] of rules.entries()) {
      const match = ruleMatches(rule, policy.namespace, there, destination, port);
      if (match)
        return { direction, allowed: true, reason: 'rule', policy: policy.key, rule: index, ...match, isolatedBy };
    }
  }
  // A pod and its own node always reach each other, whatever policies say: kubelets must be able to probe.
  const isOwnNode = there.pod?.hostNetwork && there.pod.node !== undefined && there.pod.node === pod.node;
  if (isOwnNode) return { direction, allowed: true, reason: 'node', isolatedBy };
  return { direction, allowed: false, reason: 'default-deny', isolatedBy };
}

function ruleMatches(
  { peers, ports }: PolicyRule,
  namespace: string,
  there: PolicyEnd,
  destination: PolicyPod | undefined,
  asked: PolicyPortQuestion,
): { peer?: number; port?: number } | undefined {
  const peer = peers.findIndex((one) => peerMatches(one, namespace, there));
  if (peers.length > 0 && peer < 0) return undefined;
  const port = ports.findIndex((one) => portMatches(one, destination, asked));
  if (ports.length > 0 && port < 0) return undefined;
  return { ...(peer < 0 ? {} : { peer }), ...(port < 0 ? {} : { port }) };
}

function peerMatches(
  { podSelector, namespaceSelector, block }: PolicyPeer,
  namespace: string,
  end: PolicyEnd,
): boolean {
  if (block) {
    const address = parseIP(end.ip);
    if (!address || !contains(block.network, address)) return false;
    return !block.except.some((part) => contains(part, address));
  }
  const { pod } = end;
  if (!pod || pod.hostNetwork) return false;
  const isThere = namespaceSelector ? namespaceSelector.matches(pod.namespaceLabels) : pod.namespace === namespace;
  return isThere && (podSelector?.matches(pod.labels) ?? true);
}

function portMatches(one: PolicyPort, destination: PolicyPod | undefined, asked: PolicyPortQuestion): boolean {
  if (one.protocol !== asked.protocol) return false;
  if (one.port === undefined) return true;
  if (typeof one.port === 'number') return one.port <= asked.port && asked.port <= (one.endPort ?? one.port);
  return (destination?.ports ?? []).some(
    ({ name, port, protocol }) => name === one.port && port === asked.port && protocol === asked.protocol,
  );
}
