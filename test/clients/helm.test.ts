/** The real helm 3 and 4 against `kubetick serve`: a chart as `helm create` makes it, and one with a CustomResourceDefinition. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RealClient, realClient } from '../differential/real-client';
import { serveCluster } from './served';

const all = process.env['KUBETICK_CLIENTS'] === 'all';
const missing = (name: RealClient) => {
  const client = all ? realClient(name) : { missing: '' };
  if ('missing' in client && all) console.warn(client.missing);
  return 'missing' in client;
};
const HELMS = (['helm-3', 'helm'] as const).map((name) => ({ name, absent: missing(name) }));

describe.each(HELMS)('the real $name', ({ name, absent }) => {
  async function cluster() {
    const served = await serveCluster();
    const { path } = realClient(name) as { path: string };
    return { ...served, helm: (line: string) => served.printed(path, line) };
  }

  (absent ? test.skip : test)(
    'a chart is installed, tested, upgraded, rolled back and removed',
    async () => {
      const { folder, helm, stop } = await cluster();
      const get = async (line: string) => (await folder.run(['get', ...line.split(' ')])).out;
      expect(await helm('create chart')).toBe('Creating chart\n');
      expect(await helm('install web chart --wait --timeout 60s')).toContain('STATUS: deployed');
      expect(await helm('list -o json')).toContain('"chart":"chart-0.1.0"');
      expect(await helm('test web --timeout 60s')).toMatch(
        /TEST SUITE: +web-chart-test-connection[\s\S]*Phase: +Succeeded/,
      );
      expect(await helm('upgrade web chart --set replicaCount=2 --wait --timeout 60s')).toContain('REVISION: 2');
      expect(await get('deployment web-chart -o jsonpath={.status.readyReplicas}')).toBe('2');
      expect(await helm('rollback web 1 --wait --timeout 60s')).toBe('Rollback was a success! Happy Helming!\n');
      expect(await get('deployment web-chart -o jsonpath={.spec.replicas}')).toBe('1');
      // Nobody answers any more, so its test fails.
      await folder.run(['scale', 'deployment', 'web-chart', '--replicas=0']);
      await folder.run(['wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=chart,!helm.sh/hook']);
      expect(await helm('test web --timeout 60s')).toMatch(/Phase: +Failed[\s\S]*\[exit 1\]\n$/);
      const history = JSON.parse(await helm('history web -o json')) as { revision: number; status: string }[];
      expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual([
        ...['1 superseded', '2 superseded', '3 deployed'],
      ]);
      expect(await helm('status web')).toContain('REVISION: 3');
      expect(await helm('get manifest web')).toContain('kind: Deployment');
      expect(await helm('uninstall web --wait')).toBe('release "web" uninstalled\n');
      expect(await get('deployments,services,serviceaccounts,secrets -o name')).toBe(
        'service/kubernetes\nserviceaccount/default\n',
      );
      await stop();
    },
    300_000,
  );

  (absent ? test.skip : test)(
    'a chart with a CustomResourceDefinition',
    async () => {
      const { folder, helm, stop } = await cluster();
      const files: Record<string, string> = {
        'Chart.yaml': 'apiVersion: v2\nname: widgets\nversion: 1.0.0\n',
        'values.yaml': 'size: 3\n',
        'crds/widgets.yaml': DEFINITION,
        'templates/widget.yaml':
          'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: {{ .Release.Name }}}\nspec: {size: {{ .Values.size }}}\n',
      };
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(folder.home, 'widgets', file, '..'), { recursive: true });
        writeFileSync(join(folder.home, 'widgets', file), text);
      }
      const size = async () => (await folder.run(['get', 'widget', 'one', '-o', 'jsonpath={.spec}'])).out;
      expect(await helm('install one widgets --wait --timeout 60s')).toContain('STATUS: deployed');
      expect(await size()).toBe('{"size":3}');
      expect(await helm('upgrade one widgets --set size=5 --wait --timeout 60s')).toContain('REVISION: 2');
      expect(await size()).toBe('{"size":5}');
      expect(await helm('upgrade one widgets --set size=large')).toMatch(
        /spec\.size: (?:Invalid value|expected numeric)[\s\S]*\[exit 1\]\n$/,
      );
      expect(await helm('rollback one 1')).toBe('Rollback was a success! Happy Helming!\n');
      expect(await size()).toBe('{"size":3}');
      expect(await helm('uninstall one')).toBe('release "one" uninstalled\n');
      // What helm has put into crds/ it never removes.
      expect((await folder.run(['get', 'crd/widgets.example.com', '-o', 'name'])).out).toBe(
        'customresourcedefinition.apiextensions.k8s.io/widgets.example.com\n',
      );
      expect((await folder.run(['get', 'widgets', '-o', 'name'])).out).toBe('');
      await stop();
    },
    300_000,
  );
});

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {plural: widgets, kind: Widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
`;
