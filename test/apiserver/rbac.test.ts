/** Roles and bindings against an evaluator that is as plain as the words of the documentation, and the bootstrap policy. */
import fc from 'fast-check';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { PolicyRule } from '../../src/apimachinery/policy-rules';
import type { Subject } from '../../src/apimachinery/rbac';
import type { UserInfo } from '../../src/apiserver/authentication';
import type { AccessAttributes } from '../../src/apiserver/authorization';
import { Policy, PolicyCache } from '../../src/apiserver/authorizers/policy';
import { RbacAuthorizer } from '../../src/apiserver/authorizers/rbac';
import { bootstrapPolicy } from '../../src/apiserver/bootstrap-policy/objects';
import { objectKey, resourcePrefix } from '../../src/apiserver/stored';
import { MemoryStore } from '../../src/store/memory';
import { asks, asksPath } from './access-questions';

const RBAC = 'rbac.authorization.k8s.io';

const POLICIES = 5000;

interface Bound {
  kind: 'Role' | 'ClusterRole';
  role: string;
  subjects: readonly Subject[];
}

interface Made {
  clusterRoles: Record<string, PolicyRule[]>;
  /** By `namespace/name`. */
  roles: Record<string, PolicyRule[]>;
  clusterBindings: readonly Bound[];
  bindings: readonly (readonly [namespace: string, bound: Bound])[];
}

describe('any policy', () => {
  const NAMESPACES = ['a', 'b'] as const;
  const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
  const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
    fc.record(
      {
        verbs: some('get', 'list', 'create', '*'),
        apiGroups: some('', 'apps', '*'),
        resources: some('pods', 'pods/log', 'deployments', '*/scale', '*'),
        resourceNames: some('x', 'y'),
      },
      { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
    ),
    fc.record({ verbs: some('get', 'post', '*'), nonResourceURLs: some('/healthz', '/a/*', '/a', '*', '/b**') }),
  );
  const rules = fc.array(rule, { minLength: 1, maxLength: 3 });
  const roleName = fc.constantFrom('r1', 'r2');
  const subject: fc.Arbitrary<Subject> = fc.oneof(
    fc.record({ kind: fc.constantFrom('User', 'Group'), name: fc.constantFrom('ann', 'bob', 'ops') }),
    fc.record(
      {
        kind: fc.constant('ServiceAccount'),
        name: fc.constantFrom('bot', 'ann'),
        namespace: fc.constantFrom('', ...NAMESPACES),
      },
      { requiredKeys: ['kind', 'name'] },
    ),
  );
  const bound: fc.Arbitrary<Bound> = fc.record({
    kind: fc.constantFrom('Role', 'ClusterRole'),
    role: roleName,
    subjects: fc.array(subject, { minLength: 1, maxLength: 3 }),
  });
  const policy: fc.Arbitrary<Made> = fc.record({
    clusterRoles: fc.dictionary(roleName, rules, { minKeys: 1, maxKeys: 2 }),
    roles: fc.dictionary(
      fc.tuple(fc.constantFrom(...NAMESPACES), roleName).map(([namespace, name]) => `${namespace}/${name}`),
      rules,
      { maxKeys: 3 },
    ),
    clusterBindings: fc.array(bound, { minLength: 1, maxLength: 3 }),
    bindings: fc.array(fc.tuple(fc.constantFrom(...NAMESPACES), bound), { minLength: 1, maxLength: 3 }),
  });
  const USERS: readonly UserInfo[] = [
    { name: 'ann', groups: ['system:authenticated'] },
    { name: 'bob', groups: ['ops', 'system:authenticated'] },
    { name: 'system:serviceaccount:a:bot', groups: ['system:serviceaccounts'] },
    { name: 'system:serviceaccount:b:ann', groups: ['ann'] },
  ];
  const user = fc.constantFrom(...USERS);
  const question: fc.Arbitrary<AccessAttributes> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .record({
          verb: fc.constantFrom('get', 'list', 'create', 'delete'),
          resource: fc.constantFrom('pods', 'deployments', 'services'),
          group: fc.constantFrom('', 'apps', 'batch'),
          subresource: fc.constantFrom('', '', 'log', 'scale'),
          namespace: fc.constantFrom('', ...NAMESPACES, 'c'),
          name: fc.constantFrom('', 'x', 'z'),
        })
        .map(({ verb, resource, ...more }) => asks(verb, resource, more)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('get', 'post'),
          fc.constantFrom('/healthz', '/a', '/a/', '/a/b', '/b', '/bc', '/', '//a'),
        )
        .map(([verb, path]) => asksPath(verb, path)),
    },
  );

  /** Where a question is to come near a rule that somebody has; one field of it may be any. */
  const aim = fc.record({ binding: fc.nat(5), subject: fc.nat(2), rule: fc.nat(2), item: fc.nat(2), any: fc.nat(8) });

  function aimed(
    made: Made,
    who: UserInfo,
    what: AccessAttributes,
    at: typeof aim extends fc.Arbitrary<infer T> ? T : never,
  ) {
    const of = <T>(list: readonly T[], i: number) => list[i % list.length] as T;
    const all = [...made.clusterBindings.map((one) => ['', one] as const), ...made.bindings];
    const grants = all.flatMap(([namespace, { kind, role, subjects }]) => {
      const rules = kind === 'Role' ? made.roles[`${namespace}/${role}`] : made.clusterRoles[role];
      const people = USERS.filter((one) => subjects.some((subject) => naiveIsMeant(subject, namespace, one)));
      return rules && people.length > 0 ? [{ namespace, rules, people }] : [];
    });
    if (grants.length === 0) return [who, what] as const;
    const { namespace, rules, people } = of(grants, at.binding);
    const person = of(people, at.subject);
    const { verbs = [], apiGroups, resources, resourceNames, nonResourceURLs } = of(rules, at.rule);
    const pick = (list: readonly string[] | undefined, otherwise: string) => {
      const value = list ? of(list, at.item) : '*';
      return value === '*' ? otherwise : value;
    };
    const verb = pick(verbs, what.verb);
    if (nonResourceURLs) return [person, asksPath(verb, pick(nonResourceURLs, '/').replaceAll('*', 'x'))] as const;
    const [resource = '', subresource = ''] = pick(resources, what.resource).split('/');
    const asked = asks(verb, resource === '*' ? 'services' : resource, {
      subresource,
      group: pick(apiGroups, what.group),
      name: pick(resourceNames, what.name),
      namespace: namespace || what.namespace,
    });
    const field = (['verb', 'resource', 'group', 'name', 'namespace', 'subresource'] as const)[at.any];
    return [person, field ? { ...asked, [field]: what[field] } : asked] as const;
  }

  function naiveIsMeant(subject: Subject, namespace: string, who: UserInfo): boolean {
    if (subject.kind === 'User') return subject.name === who.name;
    if (subject.kind === 'Group') return who.groups.includes(subject.name as string);
    return who.name === `system:serviceaccount:${subject.namespace || namespace}:${subject.name}`;
  }

  function naiveAllows(rule: PolicyRule, asked: AccessAttributes): boolean {
    const has = (list: readonly string[] | undefined, value: string) =>
      !!list && (list.includes('*') || list.includes(value));
    if (!has(rule.verbs, asked.verb)) return false;
    if (!asked.isResourceRequest) {
      for (const url of rule.nonResourceURLs ?? []) {
        if (url === asked.path) return true;
        if (url.at(-1) === '*' && new RegExp(`^${url.replace(/\*+$/, '')}`).test(asked.path)) return true;
      }
      return false;
    }
    if (!has(rule.apiGroups, asked.group)) return false;
    const whole = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`;
    const wild = asked.subresource === '' ? whole : `*/${asked.subresource}`;
    if (!has(rule.resources, whole) && !rule.resources?.includes(wild)) return false;
    return !rule.resourceNames || rule.resourceNames.indexOf(asked.name) >= 0;
  }

  function naiveAnswer(made: Made, who: UserInfo, what: AccessAttributes): boolean {
    const there = made.bindings.filter(([namespace]) => namespace === what.namespace);
    return [...made.clusterBindings.map((one) => ['', one] as const), ...there].some(([namespace, one]) => {
      const isMeant = one.subjects.some((subject) => naiveIsMeant(subject, namespace, who));
      const rules = one.kind === 'ClusterRole' ? made.clusterRoles[one.role] : made.roles[`${namespace}/${one.role}`];
      return isMeant && (rules ?? []).some((rule) => naiveAllows(rule, what));
    });
  }

  function policyOf(made: Made): Policy {
    const entry = (resource: string, namespace: string, name: string, rest: object) => {
      const metadata = { name, ...(namespace ? { namespace } : {}) };
      return [objectKey(resourcePrefix(RBAC, resource), namespace, name), { metadata, ...rest } as KubeObject] as const;
    };
    const refers = ({ kind, role, subjects }: Bound) => ({ roleRef: { kind, name: role }, subjects });
    return new Policy([
      ...Object.entries(made.clusterRoles).map(([name, rules]) => entry('clusterroles', '', name, { rules })),
      ...Object.entries(made.roles).map(([key, rules]) => entry('roles', key.slice(0, 1), key.slice(2), { rules })),
      ...made.clusterBindings.map((one, i) => entry('clusterrolebindings', '', `b${i}`, refers(one))),
      ...made.bindings.map(([namespace, one], i) => entry('rolebindings', namespace, `b${i}`, refers(one))),
    ]);
  }

  test('allows what a plain evaluator allows, and nothing else', async () => {
    let [yes, no] = [0, 0];
    const questions = fc.array(fc.tuple(user, question, fc.option(aim, { freq: 4 })), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(policy, questions, async (made, asked) => {
        const current = policyOf(made);
        const rbac = new RbacAuthorizer({ current: () => current });
        for (const [anybody, anything, near] of asked) {
          const [who, what] = near ? aimed(made, anybody, anything, near) : [anybody, anything];
          const expected = naiveAnswer(made, who, what);
          const { allowed } = await rbac.authorize(who, what);
          if (allowed !== expected) throw new Error(`${JSON.stringify([who, what])}: ${allowed}`);
          // What was asked before is remembered, but for the name.
          for (const name of ['x', what.name]) {
            const again = await rbac.authorize(who, { ...what, name });
            if (again.allowed !== naiveAnswer(made, who, { ...what, name }))
              throw new Error(`${JSON.stringify([who, what])}, then ${name}: ${again.allowed}`);
          }
          if (allowed) yes++;
          else no++;
        }
      }),
      { numRuns: POLICIES, seed: 8 },
    );
    // A good share of both.
    expect(yes / (yes + no)).toBeGreaterThan(0.25);
    expect(no / (yes + no)).toBeGreaterThan(0.25);
  });
});

describe('what every cluster has', () => {
  const rbac = new RbacAuthorizer(PolicyCache.of(new MemoryStore()));
  const account = (name: string) => ({
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  });
  const authenticated = { name: 'ann', groups: ['system:authenticated'] };
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

  test.each([
    [account('deployment-controller'), asks('create', 'replicasets', { group: 'apps', namespace: 'x' }), true],
    [account('deployment-controller'), asks('create', 'pods', { namespace: 'x' }), false],
    [account('generic-garbage-collector'), asks('delete', 'anything', { group: 'a.example' }), true],
    [account('generic-garbage-collector'), asks('create', 'anything', { group: 'a.example' }), false],
    [account('disruption-controller'), asks('get', 'things', { group: 'a.example', subresource: 'scale' }), true],
    [{ ...account('x'), name: 'system:kube-scheduler' }, asks('create', 'pods', { subresource: 'binding' }), true],
    [{ ...account('x'), name: 'system:kube-scheduler' }, asks('get', 'secrets'), false],
    [authenticated, asks('create', 'selfsubjectaccessreviews', { group: 'authorization.k8s.io' }), true],
    [authenticated, asksPath('get', '/openapi/v3'), true],
    [authenticated, asksPath('get', '/metrics'), false],
    [anonymous, asksPath('get', '/healthz'), true],
    [anonymous, asksPath('get', '/api'), false],
    [{ name: 'system:node:a', groups: ['system:nodes'] }, asks('get', 'secrets', { namespace: 'x' }), false],
  ])('%j %j: %s', async (user, asked, allowed) => {
    expect((await rbac.authorize(user, asked)).allowed).toBe(allowed);
  });

  test('the reason names the binding', async () => {
    expect(await rbac.authorize(account('job-controller'), asks('create', 'pods'))).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:controller:job-controller" of ClusterRole "system:controller:job-controller" to ServiceAccount "job-controller/kube-system"',
    });
  });

  test('each role is bound to whom it is for, and edit holds what view holds', () => {
    const { clusterroles, clusterrolebindings, roles, rolebindings } = bootstrapPolicy();
    const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);
    expect(new Set(names(clusterroles)).size).toBe(clusterroles.length);
    for (const { roleRef } of clusterrolebindings as readonly KubeObject[])
      expect(names(clusterroles)).toContain(roleRef.name);
    for (const { roleRef } of rolebindings as readonly KubeObject[]) expect(names(roles)).toContain(roleRef.name);
    const rulesOf = (name: string) =>
      clusterroles.find(({ metadata }) => metadata.name === name)?.['rules'] as PolicyRule[];
    expect(rulesOf('view')).toEqual(rulesOf('system:aggregate-to-view'));
    expect(rulesOf('edit')).toEqual([...rulesOf('system:aggregate-to-edit'), ...rulesOf('view')]);
    // In the order of the roles' names: edit, then what is admin's own.
    expect(rulesOf('admin')).toEqual([...rulesOf('edit'), ...rulesOf('system:aggregate-to-admin')]);
  });
});
