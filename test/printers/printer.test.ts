import type { KubeList, KubeObject } from '../../src/apimachinery/meta';
import { allowedFormats, createPrinter, PrinterError, type PrinterOptions } from '../../src/printers/printer';

const pod: KubeObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web',
    namespace: 'default',
    managedFields: [
      { manager: 'kubectl', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': {} } },
    ],
  },
  spec: { containers: [{ name: 'c', args: ['<x>'] }] },
};
const deployment: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
const list: KubeList = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: [pod, deployment] };

async function print(output: string, options: PrinterOptions, ...objects: (KubeObject | KubeList)[]): Promise<string> {
  const printer = await createPrinter(output, options);
  return objects.map((object) => printer.print(object)).join('');
}

async function failure(output: string, options: PrinterOptions = {}): Promise<PrinterError> {
  try {
    (await createPrinter(output, options)).print(pod);
  } catch (error) {
    if (error instanceof PrinterError) return error;
    throw error;
  }
  throw new Error(`${output} did not fail`);
}

test('json: four spaces, keys sorted, angle brackets escaped, managed fields left out', async () => {
  expect(await print('json', {}, pod)).toBe(`{
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web",
        "namespace": "default"
    },
    "spec": {
        "containers": [
            {
                "args": [
                    "\\u003cx\\u003e"
                ],
                "name": "c"
            }
        ]
    }
}
`);
  expect(pod.metadata.managedFields).toHaveLength(1);
  expect(await print('JSON', { showManagedFields: true }, pod)).toContain('"managedFields"');
  expect(await print('json', {}, list)).not.toContain('managedFields');
});

test('yaml: documents after the first are separated', async () => {
  const metadata = 'metadata:\n  name: web\n';
  expect(await print('yaml', {}, deployment, deployment)).toBe(
    `apiVersion: apps/v1\nkind: Deployment\n${metadata}---\napiVersion: apps/v1\nkind: Deployment\n${metadata}`,
  );
});

test('kyaml: every document begins with a separator', async () => {
  expect(await print('kyaml', {}, deployment)).toBe(
    '---\n{\n  apiVersion: "apps/v1",\n  kind: "Deployment",\n  metadata: {\n    name: "web",\n  },\n}\n',
  );
});

test('name', async () => {
  expect(await print('name', {}, pod, deployment)).toBe('pod/web\ndeployment.apps/web\n');
  expect(await print('name', { operation: 'created' }, pod)).toBe('pod/web\n');
  expect(await print('name', {}, list)).toBe('pod/web\ndeployment.apps/web\n');
});

test('nothing asked for: what was done', async () => {
  expect(await print('', { operation: 'created (dry run)' }, deployment)).toBe(
    'deployment.apps/web created (dry run)\n',
  );
});

test('--template alone is a Go template; with a format it is that format’s', async () => {
  expect(await print('', { template: '{{.kind}}' }, pod)).toBe('Pod');
  expect(await print('jsonpath', { template: '{.kind}' }, pod)).toBe('Pod');
  expect(await print('json', { template: '{{.kind}}' }, deployment)).toContain('"kind": "Deployment"');
});

test('templates from files', async () => {
  const files: Record<string, string> = {
    't.tmpl': '{{.metadata.name}}\n',
    'p.txt': '{.kind}',
    'c.txt': 'N  K\n.metadata.name kind\n',
  };
  const readFile = async (path: string) => {
    if (files[path] === undefined) throw new Error(`open ${path}: no such file or directory`);
    return files[path];
  };
  expect(await print('go-template-file=t.tmpl', { readFile }, pod)).toBe('web\n');
  expect(await print('templatefile=t.tmpl', { readFile }, pod)).toBe('web\n');
  expect(await print('jsonpath-file=p.txt', { readFile }, pod)).toBe('Pod');
  expect(await print('custom-columns-file=c.txt', { readFile, columns: true }, pod)).toBe('N     K\nweb   Pod\n');
  expect((await failure('go-template-file=x', { readFile })).message).toBe(
    'error reading --template x, open x: no such file or directory',
  );
  expect((await failure('custom-columns-file=x', { readFile, columns: true })).message).toBe(
    'error reading template x, open x: no such file or directory\n',
  );
});

test('custom columns: relaxed paths, several values, none, headers once', async () => {
  const spec = 'custom-columns=NAME:.metadata.name,NS:metadata.namespace,IMG:{.spec.containers[*].name},X:{nosuch}';
  expect(await print(spec, { columns: true }, pod, deployment)).toBe(
    'NAME   NS        IMG   X\nweb    default   c     <none>\nweb    <none>    <none>   <none>\n'.replace(
      'web    <none>    <none>   <none>',
      'web    <none>    <none>   <none>',
    ),
  );
  expect(await print(spec, { columns: true, noHeaders: true }, list)).toBe(
    'web   default   c        <none>\nweb   <none>    <none>   <none>\n',
  );
});

test('watch events', async () => {
  expect((await createPrinter('json')).printEvent('ADDED', deployment)).toBe(
    '{"type":"ADDED","object":{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}}\n',
  );
  expect((await createPrinter('yaml')).printEvent('ADDED', deployment)).toBe(
    'object:\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\ntype: ADDED\n',
  );
  expect((await createPrinter('name')).printEvent('ADDED', deployment)).toBe('deployment.apps/web\n');
  expect((await createPrinter('jsonpath={.type} {.object.kind}')).printEvent('ADDED', deployment)).toBe(
    'ADDED Deployment',
  );
});

describe('what kubectl says', () => {
  const common =
    'go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile';

  test.each([
    [
      'nosuch',
      {},
      `unable to match a printer suitable for the output format "nosuch", allowed formats are: ${common},yaml`,
    ],
    [
      'wide',
      {},
      `unable to match a printer suitable for the output format "wide", allowed formats are: ${common},yaml`,
    ],
    [
      'nosuch',
      { columns: true },
      `unable to match a printer suitable for the output format "nosuch", allowed formats are: custom-columns,custom-columns-file,${common},wide,yaml`,
    ],
    ['jsonpath', {}, 'template format specified but no template given'],
    ['go-template=', {}, 'template format specified but no template given'],
    ['jsonpath={.a', {}, 'error parsing jsonpath {.a, unclosed action'],
    ['go-template={{.a', {}, 'error parsing template {{.a, template: output:1: unclosed action'],
    ['custom-columns', { columns: true }, 'custom-columns format specified but no custom columns given'],
    [
      'custom-columns=NAME',
      { columns: true },
      'unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>',
    ],
    [
      'custom-columns=A:{.a}{.b}',
      { columns: true },
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    ],
    ['custom-columns=A:.a[', { columns: true }, 'unterminated array'],
  ])('%s %j', async (output, options, message) => {
    expect((await failure(output, options)).message).toBe(message);
  });

  test('the formats', () => {
    expect(allowedFormats().join(',')).toBe(`${common},yaml`);
  });

  test('what a template had printed comes before the error', async () => {
    expect((await failure('go-template=before {{.kind.x}}')).output).toMatch(/^before Error executing template: /);
  });
});
