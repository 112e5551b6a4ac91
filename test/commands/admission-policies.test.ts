import { memoryCluster, type TestCluster } from './harness';

interface Written {
  spec: string;
  binding?: string;
}

const RULE = `matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}`;

/** A cluster with a policy `p` about deployments, bound by `b` to everything. */
async function policed({ spec, binding = 'validationActions: [Deny]' }: Written): Promise<TestCluster> {
  const cluster = await memoryCluster();
  cluster.write(
    'policy.yaml',
    `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  ${spec.includes('matchConstraints') ? '' : RULE}
${spec.replaceAll(/^/gm, '  ')}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec:
  policyName: p
${binding.replaceAll(/^/gm, '  ')}
`,
  );
  await cluster.ok('apply -f policy.yaml');
  return cluster;
}

const DENIED = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";
const refused = (text: string) =>
  `error: failed to create deployment: deployments.apps "web" is forbidden: ${DENIED}${text}\n`;
const create = 'create deployment web --image=nginx --replicas=3';

describe('what a policy says', () => {
  test.each<[string, string, string]>([
    ['its expression', '{expression: "object.spec.replicas <= 2"}', 'failed expression: object.spec.replicas <= 2'],
    ['its message', '{expression: "object.spec.replicas <= 2", message: "too many"}', 'too many'],
    [
      'what an expression makes of it',
      `{expression: "object.spec.replicas <= 2", message: "too many", messageExpression: "'no more than 2, not ' + string(object.spec.replicas)"}`,
      'no more than 2, not 3',
    ],
    [
      'its message where that fails',
      '{expression: "object.spec.replicas <= 2", message: "too many", messageExpression: "string(object.spec.nothing)"}',
      'too many',
    ],
    [
      'what went wrong',
      '{expression: "object.spec.nothing == 1"}',
      "expression 'object.spec.nothing == 1' resulted in error: no such key: nothing",
    ],
    ['who asks', `{expression: "request.userInfo.username != 'kubernetes-admin'", message: "you"}`, 'you'],
    [
      'what is asked',
      `{expression: "request.operation == 'UPDATE' || request.name != 'web' || request.namespace != 'default' || request.kind.kind != 'Deployment'", message: "here"}`,
      'here',
    ],
    [
      'where',
      `{expression: "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] != 'default'", message: "not there"}`,
      'not there',
    ],
    ['what was before', '{expression: "oldObject != null", message: "new"}', 'new'],
    [
      'too much work',
      '{expression: "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"}',
      "expression '[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))' resulted in error: operation cancelled: actual cost limit exceeded",
    ],
  ])('%s', async (_, validation, text) => {
    const { run } = await policed({ spec: `validations: [${validation}]` });
    expect(await run(create)).toEqual({ code: 1, out: '', err: refused(text) });
  });

  test('a reason of its own', async () => {
    const { run } = await policed({ spec: 'validations: [{expression: "false", message: denied, reason: Forbidden}]' });
    expect((await run(create)).err).toBe(
      `error: failed to create deployment: deployments.apps "web" is forbidden: ${DENIED}denied\n`,
    );
  });
});

test('variables are worked out once and for each other', async () => {
  const { run, ok } = await policed({
    spec: `
variables:
- {name: count, expression: "object.spec.replicas"}
- {name: twice, expression: "variables.count * 2"}
- {name: broken, expression: "object.spec.nothing"}
validations:
- {expression: "variables.twice <= 4", messageExpression: "'twice is ' + string(variables.twice)"}
- {expression: "variables.count < 3 || variables.broken == 1"}
`,
  });
  expect((await run(create)).err).toBe(refused('twice is 6'));
  await ok('create deployment web --image=nginx --replicas=2');
});

test('who may do something is asked of the authorizer', async () => {
  const { run, ok } = await policed({
    spec: `validations: [{expression: "authorizer.group('').resource('secrets').namespace('default').check('get').allowed() && authorizer.requestResource.check('delete').allowed()", message: "you may not read secrets"}]`,
  });
  await ok('create clusterrole maker --verb=create,get,delete --resource=deployments.apps');
  await ok('create clusterrolebinding maker --clusterrole=maker --user=ann');
  expect((await run(`${create} --as=ann`)).err).toBe(refused('you may not read secrets'));
  await ok('create clusterrole reader --verb=get --resource=secrets');
  await ok('create clusterrolebinding reader --clusterrole=reader --user=ann');
  await ok(`${create} --as=ann`);
});

test('conditions tell whether a policy is asked', async () => {
  const { ok, run } = await policed({
    spec: `
matchConditions:
- {name: not-ann, expression: "request.userInfo.username != 'ann'"}
validations: [{expression: "false", message: "no"}]
`,
  });
  await ok('create clusterrolebinding ann --clusterrole=cluster-admin --user=ann');
  await ok(`${create} --as=ann`);
  expect((await run('scale deployment web --replicas=1')).code).toBe(0);
  expect((await run('set image deployment/web nginx=x')).err).toContain(`${DENIED}no`);
});

test('what fails is let through where the policy says so', async () => {
  const { ok } = await policed({
    spec: 'failurePolicy: Ignore\nvalidations: [{expression: "object.spec.nothing == 1"}]',
  });
  await ok(create);
});

test('warnings, audit only, and everything that does not match', async () => {
  const warned = await policed({
    spec: 'validations: [{expression: "object.spec.replicas < 3", message: "too many"}]',
    binding: 'validationActions: [Warn, Audit]',
  });
  expect(await warned.run(create)).toEqual({
    code: 0,
    out: 'deployment.apps/web created\n',
    err: "Warning: Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': too many\n",
  });
  const elsewhere = await policed({
    spec: 'validations: [{expression: "false", message: "no"}]',
    binding:
      'validationActions: [Deny]\nmatchResources: {namespaceSelector: {matchLabels: {env: prod}}, objectSelector: {matchLabels: {app: web}}}',
  });
  await elsewhere.ok(create);
  await elsewhere.ok('create namespace prod');
  await elsewhere.ok('label namespace prod env=prod');
  await elsewhere.ok('create deployment other --image=x -n prod');
  expect((await elsewhere.run(`${create} -n prod`)).err).toContain(`${DENIED}no`);
  const excluded = await policed({
    spec: `matchConstraints: {resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}], excludeResourceRules: [{apiGroups: [apps], apiVersions: ["*"], operations: ["*"], resources: [deployments]}]}
validations: [{expression: "false", message: "no"}]`,
  });
  await excluded.ok(create);
  expect((await excluded.run('create configmap x')).err).toContain(`${DENIED}no`);
  // Policies are not judged: they could not be got rid of.
  await excluded.ok('delete validatingadmissionpolicybinding b');
  await excluded.ok('create configmap x');
});

describe('parameters', () => {
  const spec = `
paramKind: {apiVersion: v1, kind: ConfigMap}
validations: [{expression: "object.spec.replicas <= int(params.data.most)", messageExpression: "'at most ' + params.data.most"}]
`;
  const bound = (ref: string) => `validationActions: [Deny]\nparamRef: ${ref}`;

  test('by name, in a namespace', async () => {
    const { ok, run } = await policed({
      spec,
      binding: bound('{name: limits, namespace: kube-system, parameterNotFoundAction: Deny}'),
    });
    expect((await run(create)).err).toBe(
      refused('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'),
    );
    await ok('create configmap limits -n kube-system --from-literal=most=2');
    expect((await run(create)).err).toBe(refused('at most 2'));
    await ok('create configmap limits -n kube-system --from-literal=most=5 --dry-run=client -o yaml');
    await ok(`patch configmap limits -n kube-system -p '{"data":{"most":"5"}}'`);
    await ok(create);
  });

  test('by label, in the namespace of the request: each of them is asked', async () => {
    const { ok, run } = await policed({
      spec,
      binding: bound('{selector: {matchLabels: {kind: limit}}, parameterNotFoundAction: Allow}'),
    });
    await ok(create);
    await ok('delete deployment web');
    for (const [name, most] of [
      ['a', 5],
      ['b', 1],
    ]) {
      await ok(`create configmap ${name} --from-literal=most=${most}`);
      await ok(`label configmap ${name} kind=limit`);
    }
    expect((await run(create)).err).toBe(refused('at most 1'));
  });

  test('of a kind that there is not', async () => {
    const { run } = await policed({
      spec: spec.replace('v1, kind: ConfigMap', 'example.com/v1, kind: Limit'),
      binding: bound('{name: x, parameterNotFoundAction: Allow}'),
    });
    expect((await run(create)).err).toBe(
      `error: failed to create deployment: deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'\n`,
    );
  });
});

test.each([
  [
    'validations: [{expression: "object.spec.replicas +"}]',
    'spec.validations[0].expression: Invalid value: "object.spec.replicas +": compilation failed: ERROR: <input>:1:23: Syntax error:',
  ],
  [
    'validations: [{expression: "1"}]',
    'spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int',
  ],
  ['validations: [{expression: "params.x"}]', "undeclared reference to 'params' (in container '')"],
  [
    'validations: [{expression: "true", messageExpression: "1"}]',
    'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int',
  ],
  [
    'validations: [{expression: "true", reason: Nope}]',
    'spec.validations[0].reason: Unsupported value: "Nope": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
  ],
  ['validations: [{expression: "request.nope"}]', "undefined field 'nope'"],
  [
    'variables: [{name: "a-b", expression: "1"}]\nvalidations: [{expression: "true"}]',
    'spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier',
  ],
  [
    'matchConditions: [{name: x, expression: "\'a\'"}]\nvalidations: [{expression: "true"}]',
    'spec.matchConditions[0].expression: Invalid value: "\'a\'": must evaluate to bool but got string',
  ],
  [
    'auditAnnotations: [{key: a b, valueExpression: "1"}]',
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
  ],
])('a policy that is wrong is refused: %s', async (spec, said) => {
  const { run, write } = await memoryCluster();
  write(
    'policy.yaml',
    `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  ${RULE}
${spec.replaceAll(/^/gm, '  ')}
`,
  );
  const ran = await run('apply -f policy.yaml');
  expect(ran.code).toBe(1);
  expect(ran.err).toContain(said);
});

test('the status says what does not fit the kinds that a policy is about', async () => {
  const { ok } = await policed({
    spec: `
variables: [{name: names, expression: "object.spec.template.spec.containers.map(c, c.nam)"}]
validations:
- {expression: "object.spec.replicass > 1"}
- {expression: "object.spec.replicas > 'a'", messageExpression: "'a' + object.spec.nothing"}
- {expression: "object.spec.template.spec.containers.all(c, c.image.startsWith('x') && c.resources.limits['cpu'] == '1')"}
`,
    binding: 'validationActions: [Warn]',
  });
  await ok('tick --settle');
  const status = JSON.parse(await ok('get validatingadmissionpolicy p -o jsonpath={.status}'));
  expect(status).toEqual({
    observedGeneration: 1,
    typeChecking: {
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning:
            "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replicass'\n | object.spec.replicass > 1\n | ...........^\n",
        },
        {
          fieldRef: 'spec.validations[1].expression',
          warning: expect.stringContaining("found no matching overload for '_>_' applied to '(int, string)'"),
        },
        {
          fieldRef: 'spec.validations[1].messageExpression',
          warning: expect.stringContaining("undefined field 'nothing'"),
        },
      ],
    },
  });
  await ok([
    'patch',
    'validatingadmissionpolicy',
    'p',
    '--type=json',
    '-p',
    '[{"op":"replace","path":"/spec/validations","value":[{"expression":"object.spec.replicas > 1"}]}]',
  ]);
  await ok('tick --settle');
  const later = JSON.parse(await ok('get validatingadmissionpolicy p -o jsonpath={.status}'));
  expect(later.observedGeneration).toBe(2);
  expect(later.typeChecking?.expressionWarnings).toBeUndefined();
});

test('who may exec into a pod or evict it may be kept from it by a policy', async () => {
  const { client, ok } = await policed({
    spec: `matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CONNECT, CREATE], resources: [pods/exec, pods/eviction]}]}
validations: [{expression: "request.operation == 'CONNECT' && !has(object.tty)", messageExpression: "'not for ' + request.name + ': ' + request.subResource + ' of ' + request.requestKind.kind"}]`,
  });
  await ok('run web --image=nginx');
  const post = (subresource: string, more: object) =>
    client.request({ method: 'POST', path: `/api/v1/namespaces/default/pods/web/${subresource}`, ...more });
  const exec = { command: 'sh', container: 'web' };
  await expect(post('exec', { query: exec })).rejects.toThrow('does not have a host assigned');
  await expect(post('exec', { query: { ...exec, tty: 'true' } })).rejects.toThrow(
    `${DENIED}not for web: exec of PodExecOptions`,
  );
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' } };
  await expect(post('eviction', { body: eviction })).rejects.toThrow(`${DENIED}not for web: eviction of Eviction`);
});
