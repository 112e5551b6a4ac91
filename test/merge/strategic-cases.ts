/**
 * Strategic merge patches to apply. What the real kubectl makes of each stands in testdata/strategic-patch.json, recorded with
 * `kubectl patch --local`; the test with an oracle records and checks it.
 */
import type { JsonObject } from '../../src/apimachinery/json';

export interface StrategicCase {
  name: string;
  kind: string;
  original: JsonObject;
  patch: JsonObject;
}

const groups: Record<string, string> = { Deployment: 'apps/v1', PodDisruptionBudget: 'policy/v1' };

function on(kind: string, fields: JsonObject): (name: string, patch: JsonObject) => StrategicCase {
  return (name, patch) => {
    const original = { apiVersion: groups[kind] ?? 'v1', kind, metadata: { name: 'x' }, ...fields };
    return { name, kind, original, patch };
  };
}

const metadata = (fields: JsonObject): JsonObject => ({ metadata: { name: 'x', ...fields } });
const spec = (fields: JsonObject): JsonObject => ({ spec: fields });
const containers = (...list: JsonObject[]): JsonObject => spec({ containers: list });

const labelled = on('ConfigMap', {
  ...metadata({ labels: { a: '1', b: '2' }, annotations: { k: 'v' } }),
  data: { x: 'y' },
});
const finalized = on('ConfigMap', metadata({ finalizers: ['c/c', 'a/a', 'b/b'] }));
const two = on(
  'Pod',
  containers(
    {
      name: 'web',
      image: 'web:1',
      args: ['a', 'b'],
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    {
      name: 'log',
      image: 'log:1',
      volumeMounts: [
        { name: 'v', mountPath: '/v' },
        { name: 'w', mountPath: '/w' },
      ],
    },
  ),
);
const volumes = on(
  'Pod',
  spec({
    containers: [{ name: 'a' }],
    volumes: [
      { name: 'v', emptyDir: { medium: 'Memory' } },
      { name: 'w', configMap: { name: 'c' } },
    ],
  }),
);
const ports = on(
  'Service',
  spec({
    selector: { app: 'x' },
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  }),
);
const rolling = on(
  'Deployment',
  spec({
    replicas: 3,
    selector: { matchLabels: { app: 'x' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  }),
);
const template = (fields: JsonObject): JsonObject => spec({ template: { spec: fields } });
const tolerant = on('Pod', spec({ containers: [{ name: 'a' }], tolerations: [{ key: 'a' }, { key: 'b' }] }));
const budget = on('PodDisruptionBudget', spec({ minAvailable: 1, selector: { matchLabels: { a: '1', b: '2' } } }));
const owned = on(
  'Pod',
  metadata({
    ownerReferences: [
      { apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u1' },
      { apiVersion: 'v1', kind: 'B', name: 'b', uid: 'u2' },
    ],
  }),
);
const waiting = on('Pod', {
  status: {
    phase: 'Pending',
    conditions: [
      { type: 'Ready', status: 'False' },
      { type: 'Initialized', status: 'True' },
    ],
    podIPs: [{ ip: '10.0.0.1' }],
  },
});
const big = on('Pod', spec({ terminationGracePeriodSeconds: 9007199254740993n, containers: [{ name: 'a' }] }));

export const strategicCases: StrategicCase[] = [
  // Maps
  labelled('a field of a map is added', { metadata: { labels: { c: '3' } } }),
  labelled('a field of a map is changed', { metadata: { labels: { a: '9' } } }),
  labelled('null deletes a field of a map', { metadata: { labels: { a: null } } }),
  labelled('null for a field that is not there does nothing', { metadata: { labels: { z: null } } }),
  labelled('null deletes a whole map', { metadata: { labels: null } }),
  labelled('nulls inside a map that is new are dropped', { data: null, binaryData: { a: null, b: 'eA==' } }),
  labelled('an empty patch does nothing', {}),
  labelled('an empty map does nothing', { metadata: { labels: {} } }),
  labelled('an empty map that is new is added', { binaryData: {} }),
  labelled('$patch: replace puts the map of the patch in place', {
    metadata: { labels: { $patch: 'replace', only: 'this' } },
  }),
  labelled('$patch: replace alone empties the map', { metadata: { labels: { $patch: 'replace' } } }),
  labelled('$patch: replace keeps nulls of the patch', { metadata: { labels: { $patch: 'replace', a: null } } }),
  labelled('$patch: delete leaves an empty map', { metadata: { labels: { $patch: 'delete' } } }),
  labelled('$patch: delete beside fields still leaves an empty map', { data: { $patch: 'delete', z: '1' } }),
  labelled('$patch: merge is not known for maps', { data: { $patch: 'merge', z: '1' } }),
  labelled('an unknown $patch is refused', { data: { $patch: 'explode' } }),
  labelled('$patch that is no text is refused', { data: { $patch: 5 } }),
  labelled('a map that is new and has $patch is not added', { binaryData: { $patch: 'replace', a: 'eA==' } }),
  labelled('a scalar in the place of a map', { data: 'text' }),
  labelled('a list in the place of a map', { data: ['text'] }),
  labelled('numbers and booleans are taken as they are', { data: { n: 1, f: 1.5, t: true } }),
  labelled('a field that the schema does not have is added', { nosuch: { a: 1 } }),
  labelled('a map in a map of texts can be added', { data: { y: { z: '1' } } }),
  labelled('the name of a key may hold anything', { data: { 'a/b': '1', 'c.d': '2', ' ': '3', $x: '4' } }),
  labelled('__proto__ is a key like others', { data: JSON.parse('{"__proto__":"p","constructor":"c"}') }),
  on('ConfigMap', { data: { m: { a: '1' } } })('a map in a map of texts can not be merged', {
    data: { m: { b: '2' } },
  }),
  on('ConfigMap', { nosuch: { a: '1' } })('nor a map that the schema does not have', { nosuch: { b: '2' } }),
  on('ConfigMap', { nosuch: [1] })('nor such a list', { nosuch: [2] }),
  on('ConfigMap', { data: null })('null in the original counts as nothing', { data: { a: '1' } }),

  // Lists of scalars that merge
  finalized('a scalar list is merged: those of the patch first', { metadata: { finalizers: ['d/d'] } }),
  finalized('one that is there already takes the order of the patch', { metadata: { finalizers: ['b/b', 'a/a'] } }),
  finalized('repeated ones count once', { metadata: { finalizers: ['d/d', 'd/d', 'a/a'] } }),
  finalized('an empty list changes nothing', { metadata: { finalizers: [] } }),
  finalized('null deletes the list', { metadata: { finalizers: null } }),
  finalized('$deleteFromPrimitiveList takes one out', { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] } }),
  finalized('$deleteFromPrimitiveList of one that is not there', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['z/z'] },
  }),
  finalized('$deleteFromPrimitiveList of all leaves an empty list', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a', 'b/b', 'c/c'] },
  }),
  finalized('$deleteFromPrimitiveList with $setElementOrder', {
    metadata: { '$setElementOrder/finalizers': ['b/b', 'c/c'], '$deleteFromPrimitiveList/finalizers': ['a/a'] },
  }),
  finalized('add, delete and order at once', {
    metadata: {
      '$setElementOrder/finalizers': ['d/d', 'b/b', 'c/c'],
      '$deleteFromPrimitiveList/finalizers': ['a/a'],
      finalizers: ['d/d'],
    },
  }),
  finalized('$setElementOrder alone orders', { metadata: { '$setElementOrder/finalizers': ['a/a', 'b/b', 'c/c'] } }),
  finalized('$setElementOrder of some lets the others keep their places', {
    metadata: { '$setElementOrder/finalizers': ['a/a', 'c/c'] },
  }),
  finalized('$setElementOrder that lacks what the patch adds is refused', {
    metadata: { '$setElementOrder/finalizers': ['a/a'], finalizers: ['d/d'] },
  }),
  finalized('$setElementOrder against the order of the patch is refused', {
    metadata: { '$setElementOrder/finalizers': ['a/a', 'd/d'], finalizers: ['d/d', 'a/a'] },
  }),
  finalized('$setElementOrder that is no list is refused', { metadata: { '$setElementOrder/finalizers': 'a/a' } }),
  finalized('$setElementOrder without the name of a list is refused', { metadata: { $setElementOrder: ['a/a'] } }),
  finalized('$deleteFromPrimitiveList without the name of a list is refused', {
    metadata: { $deleteFromPrimitiveList: ['a/a'] },
  }),
  finalized('maps into a list of texts are refused', { metadata: { finalizers: [{ a: '1' }] } }),
  finalized('lists into a list of texts are refused', { metadata: { finalizers: [['a/a']] } }),
  finalized('numbers into a list of texts are refused', { metadata: { finalizers: [1] } }),
  on('ConfigMap', {})('$deleteFromPrimitiveList of a list that is not there', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] },
  }),
  on('ConfigMap', metadata({ finalizers: [] }))('$deleteFromPrimitiveList of an empty list', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] },
  }),
  on('ConfigMap', metadata({ finalizers: [] }))('$setElementOrder of an empty list', {
    metadata: { '$setElementOrder/finalizers': ['a/a'] },
  }),
  on('ConfigMap', {})('$setElementOrder of a list that is not there', {
    metadata: { '$setElementOrder/finalizers': ['a/a'] },
  }),
  on('ConfigMap', {})('$setElementOrder with a list that is new', {
    metadata: { '$setElementOrder/finalizers': ['b/b', 'a/a'], finalizers: ['b/b', 'a/a'] },
  }),

  // Lists of scalars and maps that are replaced
  two('a list without a strategy is replaced', containers({ name: 'web', args: ['c'] })),
  two(
    '$deleteFromPrimitiveList works on it all the same',
    containers({ name: 'web', '$deleteFromPrimitiveList/args': ['a'] }),
  ),
  two('an empty list replaces it', containers({ name: 'web', args: [] })),
  tolerant('a list of maps without a strategy is replaced', spec({ tolerations: [{ key: 'c' }] })),
  tolerant(
    '$patch: replace in such a list stays what it is',
    spec({ tolerations: [{ $patch: 'replace' }, { key: 'c' }] }),
  ),
  tolerant('a map replaces a list', spec({ tolerations: { key: 'c' } })),

  // Lists of maps that merge
  two('an element is changed by its merge key', containers({ name: 'log', image: 'log:2' })),
  two('an element is added: before those of the server', containers({ name: 'new', image: 'n:1' })),
  two('elements of the patch come in its order', containers({ name: 'log', tty: true }, { name: 'web', tty: true })),
  two('nulls in an element that is new stay', containers({ name: 'new', image: null })),
  two('a null in an element deletes', containers({ name: 'web', args: null, env: null })),
  two('$patch: delete takes an element out', containers({ name: 'web', $patch: 'delete' })),
  two('$patch: delete of one that is not there', containers({ name: 'nosuch', $patch: 'delete' })),
  two('$patch: delete without the merge key is refused', containers({ image: 'web:1', $patch: 'delete' })),
  two('all elements deleted', containers({ name: 'web', $patch: 'delete' }, { name: 'log', $patch: 'delete' })),
  two('delete one, add one', containers({ name: 'web', $patch: 'delete' }, { name: 'new' })),
  two('$patch: replace puts the other elements in place', containers({ $patch: 'replace' }, { name: 'only' })),
  two('$patch: replace alone empties the list', containers({ $patch: 'replace' })),
  two(
    '$patch: replace with a delete beside it',
    containers({ $patch: 'replace' }, { name: 'web', $patch: 'delete' }, { name: 'only' }),
  ),
  two('$patch: merge is not for lists', containers({ $patch: 'merge', name: 'web' })),
  two('an unknown $patch in a list is refused', containers({ $patch: 'explode', name: 'web' })),
  two('an element without the merge key is refused', containers({ image: 'web:1' })),
  two('texts into a list of maps are refused', spec({ containers: ['web'] })),
  two('a list of lists is refused', spec({ containers: [[{ name: 'web' }]] })),
  two('null deletes the list', spec({ containers: null })),
  two('an empty list changes nothing', spec({ containers: [] })),
  two('$setElementOrder orders', spec({ '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }] })),
  two(
    '$setElementOrder with an element that is new',
    spec({
      '$setElementOrder/containers': [{ name: 'new' }, { name: 'web' }, { name: 'log' }],
      containers: [{ name: 'new', image: 'n:1' }],
    }),
  ),
  two(
    '$setElementOrder puts a new one between those only the server has',
    spec({
      '$setElementOrder/containers': [{ name: 'new' }],
      containers: [{ name: 'new', image: 'n:1' }],
    }),
  ),
  two(
    '$setElementOrder with a deletion',
    spec({
      '$setElementOrder/containers': [{ name: 'log' }, { name: 'new' }],
      containers: [{ name: 'new' }, { name: 'web', $patch: 'delete' }],
    }),
  ),
  two(
    '$setElementOrder that lacks an element of the patch is refused',
    spec({
      '$setElementOrder/containers': [{ name: 'log' }],
      containers: [{ name: 'new' }],
    }),
  ),
  two(
    '$setElementOrder without merge keys is refused',
    spec({ '$setElementOrder/containers': [{ image: 'x' }], containers: [{ name: 'web' }] }),
  ),
  two(
    '$setElementOrder of a list without a strategy',
    containers({ name: 'web', '$setElementOrder/args': ['b', 'a'] }),
  ),
  two('$setElementOrder of a field that is no list is refused', spec({ '$setElementOrder/restartPolicy': ['a'] })),
  two(
    '$setElementOrder of a field that does not exist is refused',
    spec({ '$setElementOrder/nosuch': ['a'], nosuch: ['a'] }),
  ),

  // Lists in lists
  two('a list in a list: changed', containers({ name: 'web', env: [{ name: 'B', value: '3' }] })),
  two(
    'a list in a list: added and ordered',
    containers({
      name: 'web',
      '$setElementOrder/env': [{ name: 'C' }, { name: 'A' }, { name: 'B' }],
      env: [{ name: 'C', value: '3' }],
    }),
  ),
  two('a list in a list: deleted', containers({ name: 'web', env: [{ name: 'A', $patch: 'delete' }] })),
  two(
    'a value gives way to another source',
    containers({
      name: 'web',
      env: [{ name: 'A', value: null, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    }),
  ),
  two(
    'merge keys are as the schema says: mountPath',
    containers({ name: 'log', volumeMounts: [{ mountPath: '/w', readOnly: true }] }),
  ),
  two(
    'the same name under another merge key is another element',
    containers({ name: 'log', volumeMounts: [{ name: 'v', mountPath: '/other' }] }),
  ),
  two(
    'both levels in another order',
    spec({
      '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }],
      containers: [
        { name: 'log', '$setElementOrder/volumeMounts': [{ mountPath: '/w' }, { mountPath: '/v' }] },
        { name: 'web', '$setElementOrder/env': [{ name: 'B' }, { name: 'A' }] },
      ],
    }),
  ),
  two('a new element brings its own lists', containers({ name: 'new', env: [{ name: 'A', value: '1' }], args: ['x'] })),
  two(
    'a new element that carries a directive inside',
    containers({ name: 'new', env: [{ name: 'A', $patch: 'delete' }, { name: 'B' }] }),
  ),
  rolling('deep in a template', template({ containers: [{ name: 'web', image: 'web:2' }] })),
  rolling('init containers that are new', template({ initContainers: [{ name: 'i', image: 'i:1' }] })),

  // Several elements with one merge key
  ports('a merge key twice: the first is changed', spec({ ports: [{ port: 53, nodePort: 30053 }] })),
  ports('a merge key twice: deletion takes both', spec({ ports: [{ port: 53, $patch: 'delete' }] })),
  ports('a merge key that is a number', spec({ ports: [{ port: 80, targetPort: 8080 }] })),
  ports('a merge key of another type is another element', spec({ ports: [{ port: '80', targetPort: 8080 }] })),
  ports('a merge key twice, ordered', spec({ '$setElementOrder/ports': [{ port: 53 }, { port: 80 }] })),

  // $retainKeys
  rolling('$retainKeys clears what it does not name', spec({ strategy: { $retainKeys: ['type'], type: 'Recreate' } })),
  rolling(
    '$retainKeys that names all',
    spec({ strategy: { $retainKeys: ['type', 'rollingUpdate'], type: 'RollingUpdate' } }),
  ),
  rolling('without $retainKeys the other union member stays', spec({ strategy: { type: 'Recreate' } })),
  rolling(
    '$retainKeys must name what the patch has',
    spec({ strategy: { $retainKeys: ['rollingUpdate'], type: 'Recreate' } }),
  ),
  rolling(
    'but not what the patch deletes',
    spec({ strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: null } }),
  ),
  rolling('$retainKeys alone', spec({ strategy: { $retainKeys: ['type'] } })),
  rolling('$retainKeys that is no list is refused', spec({ strategy: { $retainKeys: 'type' } })),
  rolling(
    '$retainKeys goes by directives beside it',
    template({
      $retainKeys: ['containers'],
      '$setElementOrder/containers': [{ name: 'web' }],
      containers: [{ name: 'web', tty: true }],
    }),
  ),
  volumes(
    '$retainKeys in a list element changes the source of a volume',
    spec({
      volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }],
    }),
  ),
  volumes(
    'without $retainKeys a volume has two sources',
    spec({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
  ),
  volumes(
    'a volume is added, one deleted',
    spec({
      '$setElementOrder/volumes': [{ name: 'n' }, { name: 'w' }],
      volumes: [
        { name: 'n', emptyDir: {} },
        { name: 'v', $patch: 'delete' },
      ],
    }),
  ),
  volumes('an empty map that is new in an element', spec({ volumes: [{ name: 'w', emptyDir: {} }] })),

  // A map that is replaced
  budget('a map whose strategy is replace', spec({ selector: { matchLabels: { c: '3' } } })),
  budget('null deletes such a map', spec({ selector: null })),
  budget('an empty map replaces it', spec({ selector: {} })),
  budget('a directive in it is not obeyed', spec({ selector: { $patch: 'delete' } })),

  // Others
  owned('owner references go by uid', { metadata: { ownerReferences: [{ uid: 'u2', controller: true }] } }),
  owned('an owner reference is removed', { metadata: { ownerReferences: [{ uid: 'u1', $patch: 'delete' }] } }),
  waiting('conditions go by type', { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
  waiting('a condition is added with its order', {
    status: {
      '$setElementOrder/conditions': [{ type: 'Ready' }, { type: 'New' }],
      conditions: [{ type: 'New', status: 'True' }],
    },
  }),
  waiting('addresses go by themselves', { status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } }),
  big('an integer beyond 2^53 stays what it is', spec({ activeDeadlineSeconds: 9007199254740995n })),
  big('an integer beyond 2^53 is changed', spec({ terminationGracePeriodSeconds: 9223372036854775807n })),
  big('a small integer takes the place of a big one', spec({ terminationGracePeriodSeconds: 30 })),
  on('Pod', spec({ containers: [{ name: 'a' }, 'b'] }))(
    'an original with mixed elements is refused',
    containers({ name: 'a' }),
  ),
  on('Pod', spec({ containers: [{ image: 'x' }, { name: 'a' }] }))(
    'an original element without its merge key is refused',
    containers({ name: 'a', tty: true }),
  ),
  on('Pod', spec({ containers: 'x' }))('a list in the place of a scalar', containers({ name: 'a', env: null })),
  on('Pod', spec({ containers: 'x' }))(
    '$setElementOrder over a scalar is refused',
    spec({ '$setElementOrder/containers': [{ name: 'a' }] }),
  ),
];
