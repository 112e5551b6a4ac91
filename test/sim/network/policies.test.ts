/** What NetworkPolicies let through, and which rule says so. */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { decidePolicies, type PolicyEnd, type PolicyPod } from '../../../src/sim/network/policy/decide';
import { policyView } from '../../../src/sim/network/policy/views';

function policies(text: string) {
  return parseAllDocuments(text).map((document) => {
    const object = document.toJS() as KubeObject;
    object.metadata = { namespace: 'shop', ...object.metadata };
    return policyView(object);
  });
}

const policy = (spec: string, name = 'p') =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}}, spec: ${spec}}`;

function pod(name: string, labels: Record<string, string>, more: Partial<PolicyPod> = {}): PolicyEnd {
  const namespace = more.namespace ?? 'shop';
  return {
    ip: `10.244.0.${name.length}`,
    pod: {
      ...{ namespace, name, labels, namespaceLabels: { 'kubernetes.io/metadata.name': namespace } },
      ...{ hostNetwork: false, ports: [], node: 'n1' },
      ...more,
    },
  };
}

const web = pod('web', { app: 'web' }, { ports: [{ name: 'http', port: 8080, protocol: 'TCP', hostPort: 0 }] });
const api = pod('api-1', { app: 'api', tier: 'back' });
const stranger = pod('stranger', { app: 'api' }, { namespace: 'other' });
const outside: PolicyEnd = { ip: '203.0.113.9' };
const ownNode: PolicyEnd = {
  ip: '172.18.0.3',
  pod: { ...(pod('n1', {}).pod as PolicyPod), namespace: '', hostNetwork: true },
};
const otherNode: PolicyEnd = { ip: '172.18.0.4', pod: { ...(ownNode.pod as PolicyPod), name: 'n2', node: 'n2' } };
const TCP = (port: number) => ({ protocol: 'TCP' as const, port });

describe('into a pod', () => {
  const INTO = 'podSelector: {matchLabels: {app: web}}';
  test.each<[what: string, spec: string, from: PolicyEnd, port: number, allowed: boolean, reason: string]>([
    ['a policy for other pods says nothing', '{podSelector: {matchLabels: {app: db}}}', api, 80, true, 'not-isolated'],
    [
      'a policy for the other direction says nothing',
      `{${INTO}, policyTypes: [Egress]}`,
      api,
      80,
      true,
      'not-isolated',
    ],
    ['no rules: nothing comes in', `{${INTO}}`, api, 80, false, 'default-deny'],
    ['an empty selector means all pods of the namespace', '{podSelector: {}}', api, 80, false, 'default-deny'],
    ['an empty rule: everything comes in', `{${INTO}, ingress: [{}]}`, outside, 80, true, 'rule'],
    ['by pods', `{${INTO}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]}`, api, 80, true, 'rule'],
    [
      'pods of its own namespace only',
      `{${INTO}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]}`,
      stranger,
      80,
      false,
      'default-deny',
    ],
    [
      'by namespaces',
      `{${INTO}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}`,
      stranger,
      80,
      true,
      'rule',
    ],
    [
      'by both',
      `{${INTO}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {tier: back}}}]}]}`,
      stranger,
      80,
      false,
      'default-deny',
    ],
    [
      'by expressions',
      `{${INTO}, ingress: [{from: [{podSelector: {matchExpressions: [{key: tier, operator: In, values: [back]}]}}]}]}`,
      api,
      80,
      true,
      'rule',
    ],
    [
      'selectors never mean what is outside',
      `{${INTO}, ingress: [{from: [{namespaceSelector: {}}]}]}`,
      outside,
      80,
      false,
      'default-deny',
    ],
    ['by address', `{${INTO}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}`, outside, 80, true, 'rule'],
    [
      'but for some addresses',
      `{${INTO}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.8/29]}}]}]}`,
      outside,
      80,
      false,
      'default-deny',
    ],
    ['by port', `{${INTO}, ingress: [{ports: [{port: 8080}]}]}`, api, 8080, true, 'rule'],
    ['another port', `{${INTO}, ingress: [{ports: [{port: 8080}]}]}`, api, 80, false, 'default-deny'],
    [
      'another protocol',
      `{${INTO}, ingress: [{ports: [{port: 8080, protocol: UDP}]}]}`,
      api,
      8080,
      false,
      'default-deny',
    ],
    ['a protocol alone', `{${INTO}, ingress: [{ports: [{protocol: TCP}]}]}`, api, 4711, true, 'rule'],
    [
      'a range of ports, its last',
      `{${INTO}, ingress: [{ports: [{port: 8000, endPort: 8080}]}]}`,
      api,
      8080,
      true,
      'rule',
    ],
    [
      'a range of ports, behind it',
      `{${INTO}, ingress: [{ports: [{port: 8000, endPort: 8080}]}]}`,
      api,
      8081,
      false,
      'default-deny',
    ],
    ['a port by its name', `{${INTO}, ingress: [{ports: [{port: http}]}]}`, api, 8080, true, 'rule'],
    ['a name that means another port', `{${INTO}, ingress: [{ports: [{port: http}]}]}`, api, 80, false, 'default-deny'],
    ['its own node always', `{${INTO}}`, ownNode, 8080, true, 'node'],
    ['not other nodes', `{${INTO}}`, otherNode, 8080, false, 'default-deny'],
  ])('%s', (_, spec, from, port, allowed, reason) => {
    const verdict = decidePolicies(policies(policy(spec)), from, web, TCP(port));
    expect({ allowed: verdict.allowed, reason: verdict.ingress.reason }).toEqual({ allowed, reason });
  });

  test('the policy, rule, peer and port that let it through are named, and all that isolate', () => {
    const both = `${policy(`{${INTO}}`, 'deny')}
---
${policy(`{${INTO}, ingress: [{ports: [{port: 1}]}, {from: [{ipBlock: {cidr: 9.0.0.0/8}}, {podSelector: {}}], ports: [{port: 2}, {port: 3}]}]}`, 'allow')}`;
    expect(decidePolicies(policies(both), api, web, TCP(3)).ingress).toEqual({
      ...{ direction: 'Ingress', allowed: true, reason: 'rule' },
      ...{ policy: 'shop/allow', rule: 1, peer: 1, port: 1 },
      isolatedBy: ['shop/deny', 'shop/allow'],
    });
  });
});

describe('out of a pod', () => {
  const OUT = 'podSelector: {}, policyTypes: [Egress]';
  test.each<[what: string, spec: string, to: PolicyEnd, port: number, allowed: boolean]>([
    ['nothing leaves', `{${OUT}}`, outside, 443, false],
    ['to pods', `{${OUT}, egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]}`, web, 8080, true],
    ['a name is that of the destination', `{${OUT}, egress: [{ports: [{port: http}]}]}`, web, 8080, true],
    [
      'to addresses',
      `{${OUT}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}`,
      outside,
      443,
      true,
    ],
    [
      'to excepted addresses',
      `{${OUT}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}`,
      web,
      443,
      false,
    ],
    ['of IPv6 to IPv4', `{${OUT}, egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]}`, outside, 443, false],
  ])('%s', (_, spec, to, port, allowed) => {
    const verdict = decidePolicies(policies(policy(spec)), api, to, TCP(port));
    expect(verdict.egress.allowed).toBe(allowed);
  });

  test('both ends must agree', () => {
    const text = `${policy('{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{}]}')}
---
${policy('{podSelector: {matchLabels: {app: web}}}', 'closed')}`;
    const verdict = decidePolicies(policies(text), api, web, TCP(80));
    expect(verdict).toMatchObject({ allowed: false, egress: { allowed: true }, ingress: { allowed: false } });
  });

  test('pods on the network of their node are nobody to policies', () => {
    expect(
      decidePolicies(policies(policy('{podSelector: {}, policyTypes: [Ingress, Egress]}')), ownNode, outside, TCP(80)),
    ).toMatchObject({
      allowed: true,
      egress: { reason: 'outside' },
      ingress: { reason: 'outside' },
    });
  });
});
