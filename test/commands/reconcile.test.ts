/** `auth reconcile` as a user types it. */
import { memoryCluster, type TestCluster } from './harness';

const role = (rules: string, metadata = 'name: reader, namespace: dev') => `\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {${metadata}}
rules:
${rules}
`;
const binding = (subjects: string, roleName = 'reader') => `\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: dev}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${roleName}}
subjects:
${subjects}
`;
const PODS = '- {apiGroups: [""], resources: [pods], verbs: [get, list]}';
const ANN = '- {kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}';
const BOT = '- {kind: ServiceAccount, name: bot, namespace: dev}';
const ROLE = 'role.rbac.authorization.k8s.io/reader reconciled';
const BINDING = 'rolebinding.rbac.authorization.k8s.io/readers reconciled';

let cluster: TestCluster;
const reconcile = (text: string, flags = '') => cluster.run(`auth reconcile -f - ${flags}`, { stdin: text });

describe('roles', () => {
  beforeAll(async () => {
    cluster = await memoryCluster();
  });

  test('one that is not there is made, its namespace too', async () => {
    expect(await reconcile(role(PODS))).toEqual({
      code: 0,
      out: `${ROLE}\n`,
      err: '\treconciliation required create\n\tmissing rules added:\n\t\t{Verbs:[get list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}\n',
    });
    expect(await cluster.ok('get role -n dev -o name')).toBe('role.rbac.authorization.k8s.io/reader\n');
  });

  test('one that allows as much stays as it is', async () => {
    const before = await cluster.ok('get role reader -n dev -o yaml');
    const narrower = '- {apiGroups: [""], resources: [pods], verbs: [list], resourceNames: [a]}';
    expect(await reconcile(role(narrower))).toEqual({ code: 0, out: `${ROLE}\n`, err: '' });
    expect(await cluster.ok('get role reader -n dev -o yaml')).toBe(before);
  });

  test('what is missing is added, what is more stays', async () => {
    const more = '- {apiGroups: ["", apps], resources: [pods], verbs: [get, watch]}';
    expect(await reconcile(role(more, 'name: reader, namespace: dev, labels: {a: b}'), '--dry-run=client')).toEqual({
      code: 0,
      out: `${ROLE} (dry run)\n`,
      err: `\treconciliation required update
\tmissing rules added:
\t\t{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
\t\t{Verbs:[get] APIGroups:[apps] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
\t\t{Verbs:[watch] APIGroups:[apps] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
`,
    });
    await reconcile(role(more, 'name: reader, namespace: dev, labels: {a: b}'));
    expect(
      await cluster.ok("get role reader -n dev -o jsonpath='{.metadata.labels}{range .rules[*]}{.verbs}{end}'"),
    ).toBe('{"a":"b"}["get","list"]["watch"]["get"]["watch"]');
  });

  test('--remove-extra-permissions', async () => {
    const { err } = await reconcile(role(PODS), '--remove-extra-permissions');
    expect(err).toContain('\textra rules removed:\n\t\t{Verbs:[watch] APIGroups:[] ');
    expect(await cluster.ok("get role reader -n dev -o jsonpath='{.rules}'")).toBe(
      '[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]',
    );
  });

  test('one that asks to be left alone is', async () => {
    await cluster.ok('annotate role reader -n dev rbac.authorization.kubernetes.io/autoupdate=false');
    const { out, err } = await reconcile(role('- {apiGroups: [""], resources: [nodes], verbs: [get]}'));
    expect(out).toBe(`${ROLE}\n`);
    expect(err).toMatch(/^\treconciliation required update, but object opted out \(.*\/autoupdate: false\)\n/);
    expect(await cluster.ok("get role reader -n dev -o jsonpath='{.rules[*].resources}'")).toBe('["pods"]');
  });

  test('joined cluster roles', async () => {
    const joined = (label: string) =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {${label}: x}}]}\n`;
    const selectors = () => cluster.ok("get clusterrole all -o jsonpath='{.aggregationRule.clusterRoleSelectors}'");
    await reconcile(joined('a'));
    await reconcile(joined('b'));
    expect(await selectors()).toBe('[{"matchLabels":{"a":"x"}},{"matchLabels":{"b":"x"}}]');
    await reconcile(joined('b'), '--remove-extra-permissions');
    expect(await selectors()).toBe('[{"matchLabels":{"b":"x"}}]');
    await reconcile(joined('b').replace(/^aggregationRule.*\n/m, 'rules: []\n'));
    expect(await selectors()).toBe('');
  });

  test('a role in no namespace', async () => {
    expect((await reconcile(role(PODS, 'name: reader'))).err).toBe('error: resource name may not be empty\n');
  });
});

describe('bindings', () => {
  beforeAll(async () => {
    cluster = await memoryCluster();
    await reconcile(binding(ANN));
  });

  test('subjects that are missing are added', async () => {
    expect(await reconcile(binding(BOT))).toEqual({
      code: 0,
      out: `${BINDING}\n`,
      err: '\treconciliation required update\n\tmissing subjects added:\n\t\t{Kind:ServiceAccount APIGroup: Name:bot Namespace:dev}\n',
    });
    expect(await cluster.ok("get rolebinding readers -n dev -o jsonpath='{.subjects[*].name}'")).toBe('ann bot');
  });

  test('--remove-extra-subjects', async () => {
    const { err } = await reconcile(binding(BOT), '--remove-extra-subjects');
    expect(err).toBe(
      '\treconciliation required update\n\textra subjects removed:\n\t\t{Kind:User APIGroup:rbac.authorization.k8s.io Name:ann Namespace:}\n',
    );
    expect(await cluster.ok("get rolebinding readers -n dev -o jsonpath='{.subjects[*].name}'")).toBe('bot');
  });

  test('one to another role is made anew', async () => {
    const uid = await cluster.ok("get rolebinding readers -n dev -o jsonpath='{.metadata.uid}'");
    expect((await reconcile(binding(ANN, 'writer'))).err).toBe('\treconciliation required recreate\n');
    expect(await cluster.ok("get rolebinding readers -n dev -o jsonpath='{.roleRef.name}'")).toBe('writer');
    expect(await cluster.ok("get rolebinding readers -n dev -o jsonpath='{.metadata.uid}'")).not.toBe(uid);
  });

  test('files hold other things too; -o shows what has come of each', async () => {
    const text = `${binding(ANN, 'writer')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n`;
    expect(await reconcile(text, '-o name')).toEqual({
      code: 0,
      out: 'rolebinding.rbac.authorization.k8s.io/readers\n',
      err: '',
    });
  });
});
