/**
 * What was last applied, what the file says now, what is live. The patch that the real kubectl sends for each stands in
 * testdata/three-way-patch.json, recorded with `kubectl apply` against a server that keeps what it is sent.
 */
import type { JsonObject } from '../../src/apimachinery/json';

export interface ThreeWayCase {
  name: string;
  kind: string;
  /** Absent: the live object has no annotation. */
  last?: JsonObject;
  file: JsonObject;
  live: JsonObject;
}

const groups: Record<string, string> = { Deployment: 'apps/v1', PodDisruptionBudget: 'policy/v1' };

function object(kind: string, fields: JsonObject): JsonObject {
  return { apiVersion: groups[kind] ?? 'v1', kind, metadata: { name: 'x' }, ...fields };
}

function of(kind: string) {
  return (name: string, last: JsonObject | undefined, file: JsonObject, live: JsonObject): ThreeWayCase => ({
    name: `${kind}: ${name}`,
    kind,
    ...(last ? { last: object(kind, last) } : {}),
    file: object(kind, file),
    live: object(kind, live),
  });
}

const map = of('ConfigMap');
const pod = of('Pod');
const service = of('Service');
const deployment = of('Deployment');
const budget = of('PodDisruptionBudget');

const data = (fields: JsonObject): JsonObject => ({ data: fields });
const meta = (fields: JsonObject): JsonObject => ({ metadata: { name: 'x', ...fields } });
const containers = (...list: JsonObject[]): JsonObject => ({ spec: { containers: list } });
const env = (...list: JsonObject[]): JsonObject => containers({ name: 'a', env: list });
const volumes = (...list: JsonObject[]): JsonObject => ({ spec: { containers: [{ name: 'a' }], volumes: list } });
const ports = (...list: JsonObject[]): JsonObject => ({ spec: { ports: list } });
const strategy = (fields: JsonObject): JsonObject => ({ spec: { strategy: fields } });
const a = { name: 'a', image: 'a:1' };
const b = { name: 'b', image: 'b:1' };
const c = { name: 'c', image: 'c:1' };

export const threeWayCases: ThreeWayCase[] = [
  // Fields of maps
  map('nothing changed', data({ a: '1' }), data({ a: '1' }), data({ a: '1' })),
  map('added', data({ a: '1' }), data({ a: '1', b: '2' }), data({ a: '1' })),
  map('changed', data({ a: '1' }), data({ a: '2' }), data({ a: '1' })),
  map('dropped', data({ a: '1', b: '2' }), data({ a: '1' }), data({ a: '1', b: '2' })),
  map('dropped, and gone already', data({ a: '1', b: '2' }), data({ a: '1' }), data({ a: '1' })),
  map('dropped, and changed by others since', data({ a: '1', b: '2' }), data({ a: '1' }), data({ a: '1', b: '9' })),
  map('the last one dropped', data({ a: '1' }), data({}), data({ a: '1' })),
  map('the whole map dropped', data({ a: '1' }), {}, data({ a: '1', b: '2' })),
  map('changed by others, the file is right', data({ a: '1' }), data({ a: '1' }), data({ a: '9' })),
  map('changed by others to what the file wants now', data({ a: '1' }), data({ a: '2' }), data({ a: '2' })),
  map('deleted by others, the file wants it', data({ a: '1' }), data({ a: '1' }), {}),
  map('added by others stays', data({ a: '1' }), data({ a: '1' }), data({ a: '1', z: '9' })),
  map('never applied: nothing is dropped', undefined, data({ a: '1' }), data({ a: '0', z: '9' })),
  map('null in the file deletes', data({ a: '1' }), data({ a: null }), data({ a: '1' })),
  map('null in the file for what is not there', data({ a: '1' }), data({ a: '1', b: null }), data({ a: '1' })),
  map('null in the file then and now', data({ a: null }), data({ a: null }), data({ a: '9' })),
  map('a map becomes a text', { data: { a: '1' } }, { data: 'x' }, { data: { a: '1' } }),
  map(
    'labels of several writers',
    meta({ labels: { a: '1', b: '1' } }),
    meta({ labels: { a: '2' } }),
    meta({ labels: { a: '1', b: '1', c: '1' } }),
  ),
  map('an empty map is added', {}, data({}), {}),
  map('an empty map then, a field now', data({}), data({ a: '1' }), data({})),

  // Scalar lists that merge
  map(
    'finalizers: one added',
    meta({ finalizers: ['a/a'] }),
    meta({ finalizers: ['a/a', 'b/b'] }),
    meta({ finalizers: ['a/a'] }),
  ),
  map(
    'finalizers: one dropped',
    meta({ finalizers: ['a/a', 'b/b'] }),
    meta({ finalizers: ['a/a'] }),
    meta({ finalizers: ['a/a', 'b/b'] }),
  ),
  map(
    'finalizers: one dropped, one of others stays',
    meta({ finalizers: ['a/a', 'b/b'] }),
    meta({ finalizers: ['a/a'] }),
    meta({ finalizers: ['z/z', 'b/b', 'a/a'] }),
  ),
  map(
    'finalizers: another order',
    meta({ finalizers: ['a/a', 'b/b'] }),
    meta({ finalizers: ['b/b', 'a/a'] }),
    meta({ finalizers: ['a/a', 'b/b'] }),
  ),
  map(
    'finalizers: not sorted and not changed',
    meta({ finalizers: ['b/b', 'a/a'] }),
    meta({ finalizers: ['b/b', 'a/a'] }),
    meta({ finalizers: ['b/b', 'a/a'] }),
  ),
  map('finalizers: the list dropped', meta({ finalizers: ['a/a'] }), {}, meta({ finalizers: ['a/a', 'z/z'] })),
  map(
    'finalizers: emptied',
    meta({ finalizers: ['a/a'] }),
    meta({ finalizers: [] }),
    meta({ finalizers: ['a/a', 'z/z'] }),
  ),
  map(
    'finalizers: one twice',
    meta({ finalizers: ['a/a', 'a/a'] }),
    meta({ finalizers: [] }),
    meta({ finalizers: ['a/a'] }),
  ),
  map(
    'finalizers: one replaced by another',
    meta({ finalizers: ['a/a', 'b/b'] }),
    meta({ finalizers: ['c/c', 'b/b'] }),
    meta({ finalizers: ['a/a', 'b/b'] }),
  ),

  // Lists that are replaced
  pod(
    'args: changed whole',
    containers({ name: 'a', args: ['1'] }),
    containers({ name: 'a', args: ['2'] }),
    containers({ name: 'a', args: ['1'] }),
  ),
  pod(
    'args: dropped',
    containers({ name: 'a', args: ['1'] }),
    containers({ name: 'a' }),
    containers({ name: 'a', args: ['1'] }),
  ),
  pod(
    'args: emptied',
    containers({ name: 'a', args: ['1'] }),
    containers({ name: 'a', args: [] }),
    containers({ name: 'a', args: ['1'] }),
  ),
  pod(
    'tolerations: those of others are lost',
    { spec: { tolerations: [{ key: 'a' }] } },
    { spec: { tolerations: [{ key: 'a' }] } },
    { spec: { tolerations: [{ key: 'a' }, { key: 'z' }] } },
  ),

  // Lists of maps that merge
  pod('containers: nothing changed', containers(a, b), containers(a, b), containers(a, b)),
  pod('containers: one changed', containers(a, b), containers(a, { ...b, image: 'b:2' }), containers(a, b)),
  pod('containers: one added in front', containers(a), containers(b, a), containers(a)),
  pod('containers: one added at the end', containers(a), containers(a, b), containers(a)),
  pod('containers: one dropped', containers(a, b), containers(a), containers(a, b)),
  pod('containers: all dropped but one that was added', containers(a, b), containers(c), containers(a, b)),
  pod('containers: one dropped that is gone already', containers(a, b), containers(a), containers(a)),
  pod(
    'containers: one of others stays',
    containers(a),
    containers({ ...a, image: 'a:2' }),
    containers(a, { name: 'sidecar', image: 's:1' }),
  ),
  pod('containers: another order', containers(a, b, c), containers(c, a, b), containers(a, b, c)),
  pod(
    'containers: another order, and one of others',
    containers(a, b),
    containers(b, a),
    containers(a, { name: 'z' }, b),
  ),
  pod('containers: renamed', containers(a), containers({ ...a, name: 'n' }), containers(a)),
  pod(
    'containers: a field of one dropped',
    containers({ ...a, tty: true }),
    containers(a),
    containers({ ...a, tty: true }),
  ),
  pod(
    'containers: defaults of the server stay',
    containers(a),
    containers(a),
    containers({ ...a, imagePullPolicy: 'Always' }),
  ),
  pod('containers: the list is new', undefined, containers(a, b), {}),
  pod(
    'env: one changed, one added, one dropped',
    env({ name: 'A', value: '1' }, { name: 'B', value: '2' }),
    env({ name: 'A', value: '9' }, { name: 'C', value: '3' }),
    env({ name: 'A', value: '1' }, { name: 'B', value: '2' }, { name: 'Z', value: '0' }),
  ),
  pod(
    'env: a value becomes a reference',
    env({ name: 'A', value: '1' }),
    env({ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
    env({ name: 'A', value: '1' }),
  ),
  pod(
    'env: the list dropped',
    env({ name: 'A', value: '1' }),
    containers({ name: 'a' }),
    env({ name: 'A', value: '1' }, { name: 'Z', value: '0' }),
  ),
  pod('env: emptied', env({ name: 'A', value: '1' }), env(), env({ name: 'A', value: '1' }, { name: 'Z', value: '0' })),
  pod(
    'env: twice the same name in the file',
    env({ name: 'A', value: '1' }),
    env({ name: 'A', value: '2' }, { name: 'A', value: '3' }),
    env({ name: 'A', value: '1' }),
  ),
  service(
    'ports: one number, two protocols',
    ports({ port: 53, protocol: 'UDP', name: 'dns' }),
    ports({ port: 53, protocol: 'UDP', name: 'dns' }, { port: 53, protocol: 'TCP', name: 'dns-tcp' }),
    ports({ port: 53, protocol: 'UDP', name: 'dns', targetPort: 53 }),
  ),
  service(
    'ports: another number',
    ports({ port: 80, name: 'http' }),
    ports({ port: 8080, name: 'http' }),
    ports({ port: 80, name: 'http', targetPort: 80, nodePort: 30080 }),
  ),
  service(
    'ports: numbers sort as text',
    ports({ port: 443, name: 'x' }, { port: 80, name: 'y' }, { port: 1000, name: 'z' }),
    ports({ port: 80, name: 'yy' }, { port: 1000, name: 'z' }),
    ports({ port: 443, name: 'x' }, { port: 80, name: 'y' }, { port: 1000, name: 'z' }),
  ),

  // Union members: retainKeys
  deployment(
    'strategy: to Recreate',
    strategy({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }),
    strategy({ type: 'Recreate' }),
    strategy({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } }),
  ),
  deployment(
    'strategy: to Recreate when the server defaulted it',
    {},
    strategy({ type: 'Recreate' }),
    strategy({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }),
  ),
  deployment(
    'strategy: nothing changed',
    strategy({ type: 'Recreate' }),
    strategy({ type: 'Recreate' }),
    strategy({ type: 'Recreate' }),
  ),
  deployment(
    'strategy: a field inside changed',
    strategy({ rollingUpdate: { maxSurge: 1 } }),
    strategy({ rollingUpdate: { maxSurge: 2 } }),
    strategy({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }),
  ),
  deployment('strategy: dropped', strategy({ type: 'Recreate' }), { spec: {} }, strategy({ type: 'Recreate' })),
  deployment('replicas: dropped for an autoscaler', { spec: { replicas: 3 } }, { spec: {} }, { spec: { replicas: 7 } }),
  deployment(
    'replicas: fought over with an autoscaler',
    { spec: { replicas: 3 } },
    { spec: { replicas: 3 } },
    { spec: { replicas: 7 } },
  ),
  pod(
    'volumes: another source',
    volumes({ name: 'v', emptyDir: {} }),
    volumes({ name: 'v', configMap: { name: 'c' } }),
    volumes({ name: 'v', emptyDir: {} }),
  ),
  pod(
    'volumes: one added',
    volumes({ name: 'v', emptyDir: {} }),
    volumes({ name: 'v', emptyDir: {} }, { name: 'w', emptyDir: {} }),
    volumes({ name: 'v', emptyDir: {} }, { name: 'token', projected: { sources: [] } }),
  ),
  pod(
    'volumes: one dropped',
    volumes({ name: 'v', emptyDir: {} }, { name: 'w', emptyDir: {} }),
    volumes({ name: 'w', emptyDir: {} }),
    volumes({ name: 'v', emptyDir: {} }, { name: 'w', emptyDir: {} }),
  ),
  pod(
    'volumes: defaults in one stay',
    volumes({ name: 'v', configMap: { name: 'c' } }),
    volumes({ name: 'v', configMap: { name: 'd' } }),
    volumes({ name: 'v', configMap: { name: 'c', defaultMode: 420 } }),
  ),

  // A map that is replaced
  budget(
    'selector: changed',
    { spec: { selector: { matchLabels: { a: '1' } } } },
    { spec: { selector: { matchLabels: { b: '1' } } } },
    { spec: { selector: { matchLabels: { a: '1' } } } },
  ),
  budget(
    'selector: the same is sent again',
    { spec: { selector: { matchLabels: { a: '1' } } } },
    { spec: { selector: { matchLabels: { a: '1' } } } },
    { spec: { selector: { matchLabels: { a: '1' } } } },
  ),

  // Precision
  pod(
    'an integer beyond 2^53 is changed by one',
    { spec: { activeDeadlineSeconds: 9007199254740993n } },
    { spec: { activeDeadlineSeconds: 9007199254740992n } },
    { spec: { activeDeadlineSeconds: 9007199254740993n } },
  ),
  pod(
    'an integer beyond 2^53 stays',
    { spec: { activeDeadlineSeconds: 9007199254740993n } },
    { spec: { activeDeadlineSeconds: 9007199254740993n } },
    { spec: { activeDeadlineSeconds: 9007199254740993n } },
  ),

  // What can't be merged
  pod('an element without its merge key', containers(a), containers(a, { image: 'x' }), containers(a)),
  pod('elements of different kinds', containers(a), { spec: { containers: [a, 'x'] } }, containers(a)),
  map('a map in a map of texts', data({ a: { x: '1' } }), data({ a: { x: '2' } }), data({ a: { x: '1' } })),
];
