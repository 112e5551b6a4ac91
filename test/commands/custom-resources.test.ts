/** Kinds of CustomResourceDefinitions, by the command line. */

import type { Json } from '../../src/apimachinery/json';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';
import type { Entry } from '../../src/store/store';
import { memoryCluster, type TestCluster } from './harness';

const VERSION = `
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer, default: 1}
                replicas: {type: integer}
                mode: {type: string}
                due: {type: string, format: date-time}
                tags: {type: array, items: {type: string}}
                set: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                template: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object, properties: {a: {type: string}}}}}
            status: {type: object, properties: {phase: {type: string}, replicas: {type: integer}}}`;

const crd = (
  more: { plural?: string; kind?: string; names?: string; versions?: string; version?: string; scope?: string } = {},
) => {
  const {
    plural = 'widgets',
    kind = 'Widget',
    names = '',
    versions = VERSION,
    version = '',
    scope = 'Namespaced',
  } = more;
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.example.com}
spec:
  group: example.com
  scope: ${scope}
  names: {plural: ${plural}, kind: ${kind}${names}}
  versions:${versions}${version}`;
};
const widget = (name: string, spec = '{}', more = '') =>
  `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: ${name}${more}}\nspec: ${spec}\n`;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
});
const define = async (text: string) => {
  cluster.write('crd.yaml', text);
  await cluster.ok('apply -f crd.yaml');
};
const create = (text: string) => cluster.ok('create -f -', { stdin: text });
const failing = async (line: string | string[], stdin = '') => {
  const { err, code } = await cluster.run(line, { stdin });
  expect(code).toBe(1);
  return err;
};

describe('a kind', () => {
  test('is served at once, under all of its names', async () => {
    await define(crd({ names: ', singular: widget, shortNames: [wd], categories: [all, mine]' }));
    await create(widget('a'));
    for (const name of ['widgets', 'widget', 'wd', 'Widget', 'widgets.example.com', 'widgets.v1.example.com', 'mine'])
      expect(await cluster.ok(`get ${name} -o name`)).toBe('widget.example.com/a\n');
    expect(await cluster.ok('api-resources --api-group=example.com -o wide')).toBe(
      'NAME      SHORTNAMES   APIVERSION       NAMESPACED   KIND     VERBS                                                        CATEGORIES\n' +
        'widgets   wd           example.com/v1   true         Widget   delete,deletecollection,get,list,patch,create,update,watch   all,mine\n',
    );
    expect(await cluster.ok('api-versions')).toContain('\nexample.com/v1\n');
    expect(JSON.parse(await cluster.ok('get --raw /apis/example.com'))).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'example.com',
      versions: [{ groupVersion: 'example.com/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
    });
    expect(JSON.parse(await cluster.ok('get --raw /apis/example.com/v1')).resources).toMatchObject([
      { name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget', shortNames: ['wd'] },
    ]);
    expect(JSON.parse(await cluster.ok('get widgets -o json'))).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', generation: 1 } }],
    });
    expect(JSON.parse(await cluster.ok('get --raw /apis/example.com/v1/widgets')).kind).toBe('WidgetList');
  });

  test('says how it came to be', async () => {
    await define(crd());
    const status = JSON.parse(await cluster.ok('get crd widgets.example.com -o jsonpath={.status}'));
    expect(status).toEqual({
      acceptedNames: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
      storedVersions: ['v1'],
    });
    expect(await cluster.ok('wait --for=condition=Established crd/widgets.example.com')).toBe(
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met\n',
    );
  });

  test('has no name that another one has', async () => {
    await define(crd({ names: ', shortNames: [wd]' }));
    await define(crd({ plural: 'wonders', kind: 'Wonder', names: ', singular: widget, shortNames: [wd]' }));
    const conditions = await cluster.ok([
      ...'get crd wonders.example.com -o'.split(' '),
      'jsonpath={range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\\n"}{end}',
    ]);
    expect(conditions).toBe(
      'NamesAccepted False ShortNamesConflict "wd" is already in use\n' +
        'Established False NotAccepted not all names are accepted\n',
    );
    expect(await failing('get wonders')).toBe('error: the server doesn\'t have a resource type "wonders"\n');
    // The first one goes: its names are free.
    await cluster.ok('delete crd widgets.example.com');
    expect(await cluster.run('get wd')).toEqual({
      out: '',
      err: 'No resources found in default namespace.\n',
      code: 0,
    });
  });

  test('is known to every process that has the folder open, and forgotten by all', async () => {
    const store = new MemoryStore();
    await initialiseCluster(store, { nodes: 0 });
    const [one, other] = await Promise.all([0, 1].map(async () => new Client(await createCluster(store))));
    const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
    const widgets = { group: 'example.com', version: 'v1', resource: 'widgets' };
    const list = (client: Client | undefined) =>
      client?.list(widgets, 'default').then(
        ({ items }) => items.length,
        (error: Error) => error.message,
      );
    expect(await list(other)).toBe('the server could not find the requested resource');
    const { parse } = await import('yaml');
    await one?.create(definitions, '', parse(crd()));
    expect(await list(other)).toBe(0);
    await other?.create(widgets, 'default', parse(widget('a')));
    expect(await list(one)).toBe(1);
    await other?.delete(definitions, '', 'widgets.example.com');
    expect(await list(one)).toBe('the server could not find the requested resource');
  });

  test('goes when its definition goes, and waits for finalizers', async () => {
    await define(crd());
    await create(widget('a'));
    await create(widget('b', '{}', ', finalizers: [example.com/x]'));
    await cluster.ok('delete crd widgets.example.com --wait=false');
    expect(await cluster.ok('get widgets -o name')).toBe('widget.example.com/b\n');
    expect(await failing('create -f -', widget('c'))).toBe(
      'Error from server (Forbidden): error when creating "STDIN": widgets.example.com "c" is forbidden: create not allowed while custom resource definition is terminating\n',
    );
    expect(await cluster.ok('get crd widgets.example.com -o jsonpath={.status.conditions[2].reason}')).toBe(
      'InstanceDeletionInProgress',
    );
    await cluster.ok(['patch', 'widget', 'b', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await cluster.ok('tick --settle', { program: 'kubetick' });
    expect(await failing('get widgets')).toBe('error: the server doesn\'t have a resource type "widgets"\n');
    expect((await cluster.run('get crd')).err).toBe('No resources found\n');
  });

  test('can be of the whole cluster', async () => {
    await define(crd({ scope: 'Cluster' }));
    await create(widget('a'));
    expect(
      await cluster.ok('get widgets -A --no-headers -o custom-columns=N:.metadata.name,S:.metadata.namespace'),
    ).toBe('a     <none>\n');
    expect(await cluster.ok('api-resources --namespaced=false --api-group=example.com --no-headers')).toContain(
      'false',
    );
  });
});

describe('objects', () => {
  beforeEach(() => define(crd()));
  const spec = (name = 'a') =>
    cluster.ok(`get widget ${name} -o jsonpath={.spec}`).then(JSON.parse as (t: string) => unknown);

  test('are pruned and defaulted, but for what is to be kept', async () => {
    const text = widget(
      'a',
      '{odd: 1, free: {x: {z: 1}}, template: {apiVersion: v1, kind: Pod, metadata: {name: in, labels: {a: b}}, odd: 1, spec: {a: x, b: z}}}',
    );
    expect(await failing('create -f -', text)).toBe(
      'Error from server (BadRequest): error when creating "STDIN": Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.odd", unknown field "spec.template.odd", unknown field "spec.template.spec.b"\n',
    );
    await cluster.ok('create --validate=false -f -', { stdin: text });
    expect(await spec()).toEqual({
      size: 1,
      free: { x: { z: 1 } },
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'in', labels: { a: 'b' } }, spec: { a: 'x' } },
    });
    expect(await failing(['patch', 'widget', 'a', '--type=merge', '-p', '{"spec":{"template":{"kind":""}}}'])).toBe(
      'The Widget "a" is invalid: spec.template.kind: Invalid value: "": must not be empty\n',
    );
  });

  test('are applied by a merge of three, as JSON: lists are wholes', async () => {
    cluster.write('a.yaml', widget('a', '{size: 2, mode: x, tags: [a, b]}'));
    expect(await cluster.ok('apply -f a.yaml')).toBe('widget.example.com/a created\n');
    await cluster.ok(['patch', 'widget', 'a', '--type=merge', '-p', '{"spec":{"replicas":3,"tags":["a","c"]}}']);
    cluster.write('a.yaml', widget('a', '{size: 2, tags: [a, d]}'));
    expect(await cluster.ok('apply -f a.yaml')).toBe('widget.example.com/a configured\n');
    expect(await spec()).toEqual({ size: 2, replicas: 3, tags: ['a', 'd'] });
    expect(await failing(['patch', 'widget', 'a', '-p', '{"spec":{"size":3}}'])).toContain(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  });

  test('of sets are shared by who applies them', async () => {
    const apply = (manager: string, set: string, more = '') =>
      cluster.run(`apply --server-side --field-manager=${manager} ${more} -f -`, { stdin: widget('a', set) });
    expect(await apply('one', '{set: [a, b]}')).toMatchObject({ code: 0 });
    expect(await apply('two', '{set: [b, c]}')).toMatchObject({ code: 0 });
    expect(await spec()).toEqual({ size: 1, set: ['a', 'b', 'c'] });
    expect(await apply('one', '{set: []}')).toMatchObject({ code: 0 });
    expect(await spec()).toEqual({ size: 1, set: ['b', 'c'] });
    expect((await apply('one', '{set: [x, x]}')).err).toContain('.spec.set: duplicate entries for key');
    expect(await apply('one', '{tags: [x]}')).toMatchObject({ code: 0 });
    expect((await apply('two', '{set: [b, c], tags: [z]}')).err).toContain('conflict with "one": .spec.tags\n');
  });

  test('are labeled, selected, waited for and deleted like others', async () => {
    await create(`${widget('a')}---\n${widget('b')}`);
    await cluster.ok('label widget a tier=x');
    expect(await cluster.ok('get widgets -l tier=x -o name')).toBe('widget.example.com/a\n');
    expect(await cluster.ok('get widgets --field-selector metadata.name=b -o name')).toBe('widget.example.com/b\n');
    expect(await failing('get widgets --field-selector spec.mode=x')).toContain('field label not supported: spec.mode');
    expect(await cluster.ok('wait --for=jsonpath={.spec.size}=1 widget/a')).toBe(
      'widget.example.com/a condition met\n',
    );
    expect(await cluster.ok('delete widgets --all')).toBe(
      'widget.example.com "a" deleted from default namespace\nwidget.example.com "b" deleted from default namespace\n',
    );
  });

  test('are counted by quotas', async () => {
    await cluster.ok('create quota q --hard=count/widgets.example.com=1');
    await cluster.ok('tick --settle', { program: 'kubetick' });
    await create(widget('a'));
    expect(await failing('create -f -', widget('b'))).toContain(
      'widgets.example.com "b" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1, used: count/widgets.example.com=1, limited: count/widgets.example.com=1',
    );
    await cluster.ok('delete widget a');
    await cluster.ok('tick --settle', { program: 'kubetick' });
    await create(widget('b'));
  });

  test('go with their namespace and with their owner', async () => {
    await cluster.ok('create namespace lab');
    await cluster.ok('create -n lab -f -', { stdin: widget('a') });
    const uid = await cluster.ok('get widget a -n lab -o jsonpath={.metadata.uid}');
    const owner = `, ownerReferences: [{apiVersion: example.com/v1, kind: Widget, name: a, uid: ${uid}}]`;
    await cluster.ok('create -n lab -f -', {
      stdin: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned${owner}}\n`,
    });
    await cluster.ok('delete widget a -n lab');
    await cluster.ok('tick --settle', { program: 'kubetick' });
    expect(await cluster.ok('get cm -n lab -o name')).toBe('configmap/kube-root-ca.crt\n');
    await cluster.ok('create -n lab -f -', { stdin: widget('c') });
    await cluster.ok('delete namespace lab');
    expect((await cluster.run('get widgets -A')).err).toBe('No resources found\n');
  });
});

describe('subresources', () => {
  const both = `
      subresources:
        status: {}
        scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}`;
  const patch = (patch: string, more = '') =>
    cluster.ok(['patch', 'widget', 'a', '--type=merge', '-p', patch, ...(more ? [more] : [])]);
  const get = (path: string) => cluster.ok(['get', 'widget', 'a', '-o', `jsonpath=${path}`]);

  test('without status there is one document, and no generation of its own', async () => {
    await define(crd());
    await create(`${widget('a')}status: {phase: x}\n`);
    await patch('{"status":{"phase":"y"}}');
    expect(await get('{.status.phase} {.metadata.generation}')).toBe('y 2');
    expect(await failing('get widget a --subresource=status')).toBe(
      'Error from server (NotFound): widgets.example.com "a" not found\n',
    );
  });
  test('status is written apart', async () => {
    await define(crd({ version: both }));
    await create(`${widget('a')}status: {phase: x}\n`);
    expect(await get('{.status}')).toBe('');
    await patch('{"status":{"phase":"y"},"spec":{"size":5},"metadata":{"labels":{"a":"b"}}}', '--subresource=status');
    expect(await get('{.status.phase} {.spec.size} {.metadata.generation} {.metadata.labels}')).toBe('y 1 1 ');
    await patch('{"status":{"phase":"z"},"spec":{"size":6}}');
    expect(await get('{.status.phase} {.spec.size} {.metadata.generation}')).toBe('y 6 2');
  });
  test('scale', async () => {
    await define(crd({ version: both }));
    await create(widget('a'));
    expect(await failing('get widget a --subresource=scale')).toBe(
      'Error from server (InternalError): Internal error occurred: the spec replicas field ".spec.replicas" does not exist\n',
    );
    const widgets = { group: 'example.com', version: 'v1', resource: 'widgets' };
    const scale = (change: Json) => cluster.client.patch(widgets, 'default', 'a', 'merge', change, {}, 'scale');
    await expect(scale({ metadata: {} })).rejects.toThrow('the spec replicas field ".spec.replicas" cannot be empty');
    await scale({ spec: { replicas: 2 } });
    expect(await cluster.ok('scale widget a --replicas=4 --current-replicas=2')).toBe('widget.example.com/a scaled\n');
    expect(await get('{.spec.replicas} {.metadata.generation}')).toBe('4 3');
    expect(
      await failing(['patch', 'widget', 'a', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":-1}}']),
    ).toBe('The Widget "a" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer\n');
    expect(await cluster.ok('get widget a --subresource=scale -o jsonpath={.kind}{.apiVersion}{.spec}{.status}')).toBe(
      'Scaleautoscaling/v1{"replicas":4}{"replicas":0}',
    );
  });
  test('a process that has just begun knows where a kind keeps its scale', async () => {
    const elsewhere = both.replace('.spec.replicas', '.spec.size');
    await define(crd({ version: elsewhere }));
    await create(widget('a'));
    const { entries } = await cluster.client.request<{ entries: Entry[] }>({ method: 'GET', path: '/kubetick/copy' });
    const store = new MemoryStore({ from: { entries, revision: 1_000 } });
    const anew = new Client(await createCluster(store));
    const path = '/apis/example.com/v1/namespaces/default/widgets/a/scale';
    expect(await anew.request({ method: 'GET', path })).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } });
  });
});

describe('tables', () => {
  const columns = `
      additionalPrinterColumns:
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Mode, type: string, jsonPath: .spec.mode, description: How.}
        - {name: First, type: string, jsonPath: ".spec.tags[0]"}
        - {name: Tags, type: string, jsonPath: ".spec.tags[*]"}
        - {name: Due, type: date, jsonPath: .spec.due}
        - {name: Free, type: string, jsonPath: .spec.free, priority: 1}`;
  test('have the columns of the definition', async () => {
    await define(crd({ version: columns }));
    await create(widget('a', '{size: 3, mode: x, tags: [p, q], due: "2025-12-31T22:00:00Z", free: {b: 1, a: [c]}}'));
    await create(widget('b', '{mode: "", tags: []}'));
    expect(await cluster.ok('get widgets')).toBe(
      'NAME   SIZE   MODE   FIRST   TAGS   DUE\n' +
        'a      3      x      p       p      120m\n' +
        'b      1                            \n',
    );
    expect(await cluster.ok('get widgets -o wide')).toBe(
      'NAME   SIZE   MODE   FIRST   TAGS   DUE    FREE\n' +
        'a      3      x      p       p      120m   {"a":["c"],"b":1}\n' +
        'b      1                                   \n',
    );
    expect(await cluster.ok('get widgets --sort-by=.spec.size -o name')).toBe(
      'widget.example.com/b\nwidget.example.com/a\n',
    );
  });
  test('have the age when the definition says nothing', async () => {
    await define(crd());
    await create(widget('a'));
    expect(await cluster.ok('get widgets')).toBe('NAME   AGE\na      0s\n');
  });
});

describe('versions', () => {
  const beta = (more: string) => `
    - name: v1beta1
      served: true
      storage: false${more}
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, old: {type: string, default: x}}}}}}`;
  test('show the same object', async () => {
    await define(crd({ versions: VERSION + beta('') }));
    await create(widget('a', '{size: 3, mode: m}'));
    expect(await cluster.ok('get widgets.v1beta1.example.com a -o jsonpath={.apiVersion}{.spec}')).toBe(
      'example.com/v1beta1{"old":"x","size":3}',
    );
    // What the old version does not have is lost by a write through it.
    await cluster.ok(['patch', 'widgets.v1beta1.example.com', 'a', '--type=merge', '-p', '{"spec":{"size":4}}']);
    expect(await cluster.ok('get widgets.v1.example.com a -o jsonpath={.apiVersion}{.spec}')).toBe(
      'example.com/v1{"size":4}',
    );
    expect(await cluster.ok('api-versions')).toContain('example.com/v1\nexample.com/v1beta1\n');
    expect(await cluster.ok('explain widget.spec --api-version=example.com/v1beta1')).toContain('old\t<string>');
  });
  test('warn when they are deprecated', async () => {
    await define(crd({ versions: VERSION + beta('\n      deprecated: true') }));
    const warned = async () => (await cluster.run('get widgets.v1beta1.example.com')).err.split('\n')[0];
    expect(await warned()).toBe('Warning: example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget');
    await define(crd({ versions: VERSION + beta('\n      deprecated: true\n      deprecationWarning: go away') }));
    expect(await warned()).toBe('Warning: go away');
  });
  test('are stored in one, which may change', async () => {
    await define(crd({ versions: VERSION + beta('') }));
    await create(widget('a'));
    const swapped = (VERSION + beta(''))
      .replace('storage: true', 'storage: 1')
      .replace('storage: false', 'storage: true')
      .replace('storage: 1', 'storage: false');
    await define(crd({ versions: swapped }));
    expect(await cluster.ok('get crd widgets.example.com -o jsonpath={.status.storedVersions}')).toBe(
      '["v1","v1beta1"]',
    );
    expect(await cluster.ok('get widget a -o jsonpath={.apiVersion}{.spec}')).toBe('example.com/v1{"size":1}');
  });
  test('are not served when they are not to be', async () => {
    await define(crd({ versions: VERSION + beta('').replace('served: true', 'served: false') }));
    expect(await failing('get widgets.v1beta1.example.com')).toBe(
      'error: the server doesn\'t have a resource type "widgets"\n',
    );
  });
  test('that a webhook would convert can be had in the one that is stored', async () => {
    const conversion =
      '\n  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: "https://example.com/convert"}}}';
    await define(crd({ versions: VERSION + beta('') }) + conversion);
    await create(widget('a'));
    expect(await cluster.ok('get widgets.v1.example.com -o name')).toBe('widget.example.com/a\n');
    expect(await failing('get widgets.v1beta1.example.com a')).toBe(
      'Error from server (InternalError): Internal error occurred: conversion webhook for example.com/v1, Kind=Widget failed: this server calls no webhooks, and example.com/v1beta1 was asked for\n',
    );
  });
});

test('fields that can be selected by', async () => {
  await define(crd({ version: '\n      selectableFields: [{jsonPath: .spec.mode}, {jsonPath: .spec.size}]' }));
  await create(`${widget('a', '{mode: x}')}---\n${widget('b', '{size: 2}')}`);
  const names = (selector: string) => cluster.ok(`get widgets --field-selector ${selector} -o name`);
  expect(await names('spec.mode=x')).toBe('widget.example.com/a\n');
  expect(await names('spec.mode=')).toBe('widget.example.com/b\n');
  expect(await names('spec.size=2,spec.mode!=x')).toBe('widget.example.com/b\n');
});

test('formats that nobody knows are warned of', async () => {
  cluster.write(
    'crd.yaml',
    crd({ versions: VERSION.replace('mode: {type: string}', 'mode: {type: string, format: odd}') }),
  );
  expect(await cluster.run('create -f crd.yaml')).toEqual({
    out: 'customresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n',
    err: 'Warning: unrecognized format "odd"\n',
    code: 0,
  });
});
