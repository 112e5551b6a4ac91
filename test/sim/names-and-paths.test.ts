import { parsePath } from '../../src/sim/actions';
import { podCIDR, podCIDRCount } from '../../src/sim/pod-cidr';
import { keyOf, parseRegistryKey, parseResourceName, pathOf, splitKey } from '../../src/sim/resource-names';

test.each([
  ['/registry/core/pods/default/web', { resource: 'pods', namespace: 'default', name: 'web' }],
  ['/registry/apps/deployments/a/b', { resource: 'deployments.apps', namespace: 'a', name: 'b' }],
  ['/registry/core/nodes/n', { resource: 'nodes', namespace: '', name: 'n' }],
  ['/registry/example.com/widgets/ns/w', { resource: 'widgets.example.com', namespace: 'ns', name: 'w' }],
  ['/registry/core/pods', undefined],
  ['/kubetick/clock', undefined],
])('%s', (key, parts) => {
  expect(parseRegistryKey(key)).toEqual(parts);
});

test('resource names lead to paths', () => {
  expect(parseResourceName('endpointslices.discovery.k8s.io')).toEqual({
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
  });
  expect(pathOf('deployments.apps', { apiVersion: 'apps/v1' })).toEqual({
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
  });
  expect(splitKey(keyOf({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'a', name: 'b' } }))).toEqual({
    namespace: 'a',
    name: 'b',
  });
  expect(splitKey('node-1')).toEqual({ namespace: '', name: 'node-1' });
});

test.each([
  ['/api/v1/namespaces/default/pods', 'pods', 'default', '', ''],
  ['/api/v1/namespaces/default/pods/web/binding', 'pods', 'default', 'web', 'binding'],
  ['/apis/apps/v1/namespaces/a/deployments/b', 'deployments.apps', 'a', 'b', ''],
  ['/api/v1/namespaces', 'namespaces', '', '', ''],
  ['/api/v1/namespaces/a', 'namespaces', '', 'a', ''],
  ['/api/v1/namespaces/a/finalize', 'namespaces', '', 'a', 'finalize'],
  ['/api/v1/namespaces/a/status', 'namespaces', '', 'a', 'status'],
  ['/api/v1/nodes/n/status', 'nodes', '', 'n', 'status'],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    'clusterroles.rbac.authorization.k8s.io',
    '',
    'system:node',
    '',
  ],
])('%s', (path, resource, namespace, name, subresource) => {
  expect(parsePath(path)).toEqual({ resource, namespace, name, subresource });
});

test('a path outside the API is no resource', () => {
  expect(parsePath('/kubetick/tick')).toBeUndefined();
});

test('blocks of addresses for nodes', () => {
  expect(podCIDRCount('10.244.0.0/16', 24)).toBe(256);
  expect(podCIDR('10.244.0.0/16', 24, 0)).toBe('10.244.0.0/24');
  expect(podCIDR('10.244.0.0/16', 24, 255)).toBe('10.244.255.0/24');
  expect(podCIDR('10.128.0.0/9', 24, 5000)).toBe('10.147.136.0/24');
  expect(() => podCIDR('10.244.0.0/16', 24, 256)).toThrow('no remaining CIDRs left');
});
