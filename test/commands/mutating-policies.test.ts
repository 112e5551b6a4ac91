import { memoryCluster, type TestCluster } from './harness';

/** A cluster with mutating policies, each bound to everything; told in the order of their names. */
async function mutated(...specs: string[]): Promise<TestCluster> {
  const cluster = await memoryCluster();
  for (const [i, spec] of specs.entries()) {
    const name = `p${i + 1}`;
    cluster.write(
      `${name}.yaml`,
      `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: ${name}}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
${spec.trim().replaceAll(/^/gm, '  ')}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: ${name}}
`.replace('name: b}', `name: b${i + 1}}`),
    );
    await cluster.ok(`apply -f ${name}.yaml`);
  }
  return cluster;
}

const apply = (expression: string) =>
  `mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: ${JSON.stringify(expression)}}}]`;
const patch = (expression: string) =>
  `mutations: [{patchType: JSONPatch, jsonPatch: {expression: ${JSON.stringify(expression)}}}]`;

test('an apply configuration is merged in, element by element', async () => {
  const { ok } = await mutated(
    apply(`Object{
      metadata: Object.metadata{labels: {'made-by': request.userInfo.username}},
      spec: Object.spec{
        containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, imagePullPolicy: 'Always'}),
        initContainers: [Object.spec.initContainers{name: 'first', image: 'busybox'}]
      }
    }`),
  );
  await ok('run web --image=nginx:1');
  expect(
    await ok(
      'get pod web -o jsonpath={.metadata.labels.made-by}|{.spec.containers[0].image}|{.spec.containers[0].imagePullPolicy}|{.spec.initContainers[0].image}|{.spec.initContainers[0].imagePullPolicy}',
    ),
  ).toBe('kubernetes-admin|nginx:1|Always|busybox|Always');
});

test('a JSON patch', async () => {
  const { ok } = await mutated(
    patch(
      `[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/team'), value: 'a'},
        JSONPatch{op: 'add', path: '/spec/tolerations/-', value: Object.spec.tolerations{key: 'x', operator: 'Exists'}},
        JSONPatch{op: 'replace', path: '/spec/terminationGracePeriodSeconds', value: 5}]`,
    ),
  );
  await ok('run web --image=nginx');
  expect(
    await ok(
      'get pod web -o jsonpath={.metadata.labels.example\\\\.com/team}|{.spec.tolerations[2].key}|{.spec.terminationGracePeriodSeconds}',
    ),
  ).toBe('a|x|5');
});

test('a test that fails leaves the object as it is', async () => {
  const { ok } = await mutated(
    patch(
      `[JSONPatch{op: 'test', path: '/metadata/name', value: 'db'}, JSONPatch{op: 'add', path: '/metadata/labels/x', value: 'y'}]`,
    ),
  );
  await ok('run web --image=nginx');
  await ok('run db --image=nginx');
  expect(await ok('get pods -l x=y -o name')).toBe('pod/db\n');
});

test('who asked for it is called again when somebody changes the object after it', async () => {
  const count = `Object{metadata: Object.metadata{annotations: {'seen': string(size(object.spec.containers))}}}`;
  const sidecar = `Object{spec: Object.spec{containers: [Object.spec.containers{name: 'proxy', image: 'envoy'}]}}`;
  const again = await mutated(`${apply(count)}\nreinvocationPolicy: IfNeeded`, apply(sidecar));
  await again.ok('run web --image=nginx');
  expect(await again.ok('get pod web -o jsonpath={.metadata.annotations.seen}')).toBe('2');
  const once = await mutated(apply(count), apply(sidecar));
  await once.ok('run web --image=nginx');
  expect(await once.ok('get pod web -o jsonpath={.metadata.annotations.seen}')).toBe('1');
});

test('built-in plugins see what policies have made', async () => {
  const { run } = await mutated(apply(`Object{spec: Object.spec{priorityClassName: 'system-node-critical'}}`));
  // Priority came first, said 0, and is asked again.
  expect((await run('run web --image=nginx')).err).toContain(
    'the integer value of priority (0) must not be provided in pod spec; priority admission controller computed 2000001000',
  );
});

test.each([
  [
    'an object that does not fit',
    apply(`Object{spec: Object.spec{nothing: 1}}`),
    `policy 'p1' with binding 'b1' denied request: error applying patch: failed to convert patch object to typed object: .spec.nothing: field not declared in schema`,
  ],
  [
    'a struct under a wrong name',
    apply(`Object{spec: Object.metadata{name: 'x'}}`),
    `policy 'p1' with binding 'b1' denied request: type mismatch: unexpected type name "Object.metadata", expected "Object.spec", which matches field name path from root Object type`,
  ],
  [
    'what is owned whole',
    apply(`Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: 'x'}]}}`),
    `policy 'p1' with binding 'b1' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tolerations`,
  ],
  [
    'an expression that fails',
    apply(`Object{spec: Object.spec{hostname: object.spec.nothing}}`),
    `policy 'p1' with binding 'b1' denied request: expression 'Object{spec: Object.spec{hostname: object.spec.nothing}}' resulted in error: no such key: nothing`,
  ],
])('%s is refused, unless failures are ignored', async (_, spec, said) => {
  const strict = await mutated(spec);
  expect(await strict.run('run web --image=nginx')).toMatchObject({ code: 1, err: expect.stringContaining(said) });
  const lax = await mutated(`${spec}\nfailurePolicy: Ignore`);
  await lax.ok('run web --image=nginx');
});

test.each([
  [apply('1'), 'must evaluate to Object but got int'],
  [patch('[1]'), 'must evaluate to list(JSONPatch) but got list(int)'],
  [
    'mutations: [{patchType: JSONPatch}]',
    'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
  ],
])('a policy that is wrong is refused: %s', async (spec, said) => {
  await expect(mutated(spec)).rejects.toThrow(said);
});
