/** The roles and bindings that every cluster has, rule by rule against the listing of 1.36 (testdata/bootstrap-policy.txt). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { PolicyRule } from '../../src/apimachinery/policy-rules';
import { bootstrapPolicy } from '../../src/apiserver/bootstrap-policy/objects';

const GROUP = 'rbac.authorization.k8s.io';
const LISTING = readFileSync(join(__dirname, 'testdata/bootstrap-policy.txt'), 'utf8');

/** An object of the listing, as the API has it. */
function listed(): Map<string, KubeObject> {
  const objects = new Map<string, KubeObject>();
  let last: KubeObject = { apiVersion: '', kind: '', metadata: {} };
  for (const line of LISTING.split('\n')) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    if (line.startsWith('  ')) addTo(last, line.trim());
    else {
      last = objectOf(line);
      objects.set(keyOf(last), last);
    }
  }
  // Each controller's role is bound to the account of its name.
  for (const { metadata, kind } of [...objects.values()]) {
    const [, account] = /^system:controller:(.*)/.exec(metadata.name ?? '') ?? [];
    if (kind !== 'ClusterRole' || !account) continue;
    const binding = objectOf(`binding ${metadata.name} ClusterRole/${metadata.name}`);
    addTo(binding, `ServiceAccount/kube-system/${account}`);
    objects.set(keyOf(binding), binding);
  }
  return objects;
}

function objectOf(line: string): KubeObject {
  const [, what, name, , namespace, rest = ''] = /^(role|binding) (\S+)( -n (\S+))?(.*)$/.exec(line) ?? [];
  const [, own = '', gathered] = /^(.*?)(?: gathers (\S+))?$/.exec(rest) ?? [];
  const words = own.trim().split(' ').filter(Boolean);
  const labels: Record<string, string> = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  if (what === 'role') for (const word of words) labels[`${GROUP}/${word}`] = 'true';
  const metadata = {
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    labels,
    name: name as string,
    ...(namespace ? { namespace } : {}),
  };
  const kind = `${namespace ? '' : 'Cluster'}Role${what === 'role' ? '' : 'Binding'}`;
  const object: KubeObject = { apiVersion: `${GROUP}/v1`, kind, metadata };
  if (what === 'binding') {
    const [roleKind, role] = split(words[0] as string);
    object['roleRef'] = { apiGroup: GROUP, kind: roleKind, name: role };
    return object;
  }
  object['rules'] = [];
  const selector = { matchLabels: { [`${GROUP}/${gathered}`]: 'true' } };
  if (gathered) object['aggregationRule'] = { clusterRoleSelectors: [selector] };
  return object;
}

function split(text: string): string[] {
  const [, first = '', rest = ''] = /^([^/]*)\/(.*)$/.exec(text) ?? [];
  return [first, rest];
}

function addTo(object: KubeObject, line: string): void {
  if (object['rules']) {
    object['rules'].push(ruleOf(line));
    return;
  }
  object['subjects'] = line.split(' ').map((word) => {
    const [kind, name = ''] = split(word);
    if (kind !== 'ServiceAccount') return { apiGroup: GROUP, kind, name };
    const [namespace, account] = split(name);
    return { kind, name: account, namespace };
  });
}

function ruleOf(line: string): PolicyRule {
  const [, verbs = '', rest = ''] = /^([^:]*): (.*)$/.exec(line) ?? [];
  if (rest.startsWith('/'))
    return { nonResourceURLs: rest.split(' ').map((url) => (url === '/*' ? '*' : url)), verbs: verbs.split(' ') };
  const [, resources = '', groups = 'core', names] = /^([^@=]*?)(?: @ ([^=]*?))?(?: = (.*))?$/.exec(rest) ?? [];
  return {
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    ...(names ? { resourceNames: names.split(' ') } : {}),
    resources: resources.split(' '),
    verbs: verbs.split(' '),
  };
}

function keyOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

const policy = bootstrapPolicy();
const made = new Map(
  (Object.values(policy) as (readonly KubeObject[])[]).flat().map((object) => [keyOf(object), object]),
);

test('there is what 1.36 lists, and nothing else', () => {
  const wanted = listed();
  expect(wanted.size).toBe(133);
  expect([...made.keys()].sort()).toEqual([...wanted.keys()].sort());
});

test.each([...listed()])('%s', (key, wanted) => {
  const object = made.get(key);
  // What is gathered is the business of the aggregation controller.
  if (wanted['aggregationRule']) expect({ ...object, rules: [] }).toEqual(wanted);
  else expect(object).toEqual(wanted);
});
