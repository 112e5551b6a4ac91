/** `kustomize` and its flags, and -k of the commands that read manifests. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCluster, run, type TestCluster } from '../commands/harness';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await memoryCluster();
  cluster.write(
    'base/kustomization.yaml',
    'resources: [web.yaml]\nconfigMapGenerator: [{name: settings, literals: [mode=dev]}]\n',
  );
  cluster.write(
    'base/web.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1
        envFrom: [{configMapRef: {name: settings}}]
`,
  );
  cluster.write(
    'prod/kustomization.yaml',
    'resources: [../base]\nnamePrefix: prod-\ncommonLabels: {tier: prod}\nreplicas: [{name: web, count: 3}]\n',
  );
});

const WARNING =
  "# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n";

describe('kustomize', () => {
  test('builds the current folder', async () => {
    const here = await cluster.run('kustomize', { cwd: join(cluster.folder, 'base') });
    const named = await cluster.run('kustomize base');
    expect(here.out).toContain('name: settings-');
    expect(here).toEqual(named);
  });

  test('-o writes a file, or a file for each resource into a folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubetick-kustomize-'));
    try {
      const printed = await cluster.ok('kustomize base');
      expect(await cluster.ok(`kustomize base -o ${folder}/all.yaml`)).toBe('');
      expect(readFileSync(join(folder, 'all.yaml'), 'utf8')).toBe(printed);
      rmSync(join(folder, 'all.yaml'));
      await cluster.ok(`kustomize base --output ${folder}`);
      const files = readdirSync(folder).sort();
      expect(files).toEqual([
        'apps_v1_deployment_web.yaml',
        expect.stringMatching(/^v1_configmap_settings-[a-z0-9]{10}\.yaml$/),
      ]);
      const parts = [...files].reverse().map((file) => readFileSync(join(folder, file), 'utf8'));
      expect(parts.join('---\n')).toBe(printed);
      expect(await cluster.run(`kustomize base -o ${folder}/no/where`)).toMatchObject({
        code: 1,
        err: `error: open ${folder}/no/where: no such file or directory\n`,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('files of several namespaces are told apart', async () => {
    cluster.write('spread/kustomization.yaml', 'resources: [all.yaml]\n');
    cluster.write(
      'spread/all.yaml',
      [
        'ConfigMap\nmetadata: {name: c, namespace: A}',
        'ConfigMap\nmetadata: {name: c}',
        'Namespace\nmetadata: {name: A}',
      ]
        .map((object) => `apiVersion: v1\nkind: ${object}\n`)
        .join('---\n'),
    );
    const folder = mkdtempSync(join(tmpdir(), 'kubetick-kustomize-'));
    try {
      await cluster.ok(`kustomize spread -o ${folder}`);
      expect(readdirSync(folder).sort()).toEqual([
        'a_v1_configmap_c.yaml',
        'default_v1_configmap_c.yaml',
        'v1_namespace_a.yaml',
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each([
    ['kustomize a b', 'error: specify one path to kustomization.yaml\n'],
    [
      'kustomize --load-restrictor x',
      'error: illegal flag value --load-restrictor x; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]\n',
    ],
    [
      'kustomize base --reorder x',
      "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.\nerror: illegal flag value --reorder x; legal values: [legacy none]\n",
    ],
    ['kustomize --foo', "error: unknown flag: --foo\nSee 'kubectl kustomize --help' for usage.\n"],
  ])('%s', async (line, err) => {
    expect(await cluster.run(line)).toEqual({ out: '', err, code: 1 });
  });

  test('--reorder none keeps the order of the files', async () => {
    const kinds = (text: string) => [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind);
    const legacy = await cluster.ok('kustomize base');
    const { out } = await cluster.run('kustomize base --reorder=none');
    expect([kinds(legacy), kinds(out)]).toEqual([
      ['ConfigMap', 'Deployment'],
      ['Deployment', 'ConfigMap'],
    ]);
  });

  test('files outside the folder are read only where they may be', async () => {
    cluster.write('outside/kustomization.yaml', 'resources: [../base/web.yaml]\n');
    const refused = await cluster.run('kustomize outside');
    expect(refused.err).toContain("is not in or below '");
    expect(refused.err).toContain('security; file ');
    expect(await cluster.ok('kustomize outside --load-restrictor=LoadRestrictionsNone')).toContain('name: web');
  });

  test('a link that leads outside is outside', async () => {
    cluster.write('linked/kustomization.yaml', 'resources: [link.yaml]\n');
    symlinkSync(join(cluster.folder, 'base/web.yaml'), join(cluster.folder, 'linked/link.yaml'));
    expect((await cluster.run('kustomize linked')).err).toContain('security; file ');
  });

  test('nothing is fetched', async () => {
    cluster.write('remote/kustomization.yaml', 'resources: ["https://example.com/org/repo//base?ref=v1"]\n');
    const remote = 'https://example.com/org/repo//base?ref=v1';
    expect(await cluster.run('kustomize remote')).toEqual({
      out: '',
      err: `error: accumulating resources: remote files are not loaded: ${remote}\n`,
      code: 1,
    });
    cluster.write('remote/kustomization.yaml', 'resources: ["git@github.com:org/repo"]\n');
    expect((await cluster.run('kustomize remote')).err).toBe(
      'error: accumulating resources: remote kustomizations are not fetched: git@github.com:org/repo\n',
    );
    expect((await cluster.run('kustomize github.com/org/repo')).err).toBe(
      'error: remote kustomizations are not fetched: github.com/org/repo\n',
    );
  });

  test('charts are not rendered', async () => {
    cluster.write('chart/kustomization.yaml', 'helmCharts: [{name: c}]\n');
    expect((await cluster.run('kustomize chart')).err).toContain('must specify --enable-helm');
    expect((await cluster.run('kustomize chart --enable-helm')).err).toContain('charts are not rendered here');
  });

  test('needs no cluster', async () => {
    const ran = await run(['kustomize', join(__dirname, 'testdata/replicas')], {
      connect: {
        open: async () => {
          throw new Error('a cluster was asked for');
        },
        files: async () => {
          throw new Error('a cluster was asked for');
        },
      },
    });
    expect(ran.code).toBe(0);
  });
});

describe('-k', () => {
  test('apply, get, diff, delete', async () => {
    const applied = await cluster.run('apply -k prod');
    expect(applied.err).toBe(WARNING);
    expect(applied.out).toMatch(
      /^configmap\/prod-settings-[a-z0-9]{10} created\ndeployment\.apps\/prod-web created\n$/,
    );
    expect((await cluster.run('apply -k prod')).out).toMatch(/unchanged\ndeployment\.apps\/prod-web unchanged\n$/);
    const image = "jsonpath='{.items[*].spec.template.spec.containers[0].envFrom[0].configMapRef.name}'";
    expect((await cluster.run(`get -k prod -o ${image}`)).out).toMatch(/^prod-settings-[a-z0-9]{10}$/);
    expect(await cluster.run('diff -k prod')).toEqual({ out: '', err: WARNING, code: 0 });
    expect((await cluster.run('delete -k prod')).out).toMatch(
      /^configmap "prod-settings-[a-z0-9]{10}" deleted from default namespace\ndeployment\.apps "prod-web" deleted from default namespace\n$/,
    );
  });

  test('create, with the namespace of the kustomization', async () => {
    await cluster.ok('create namespace shop');
    cluster.write('shop/kustomization.yaml', 'namespace: shop\nresources: [../base]\n');
    expect(await cluster.ok('create -k shop')).toMatch(
      /^configmap\/settings-\S+ created\ndeployment\.apps\/web created\n$/,
    );
    expect(await cluster.ok('get deployment -n shop -o name')).toBe('deployment.apps/web\n');
  });

  test.each([
    [
      'apply -k nowhere',
      /^error: must build at directory: not a valid directory: evalsymlink failure on 'nowhere' : lstat /,
    ],
    ['apply -k base -f base/web.yaml', /^error: only one of -f or -k can be specified\n/],
    ['delete -k base -R', /^error: the -k flag can't be used with -f or -R\n/],
    [
      'apply -k .',
      /^error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/,
    ],
  ])('%s', async (line, err) => {
    const ran = await cluster.run(line);
    expect(ran.err).toMatch(err);
    expect(ran.code).toBe(1);
  });
});
