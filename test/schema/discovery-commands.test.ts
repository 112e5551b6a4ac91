import { readFileSync } from 'node:fs';
import type { Client } from '../../src/client/client';
import { createRestMapper } from '../../src/client/discovery';
import apiResources from '../../src/commands/api-resources';
import apiVersions from '../../src/commands/api-versions';
import type { Command, Flags, Invocation } from '../../src/commands/command';
import explain from '../../src/commands/explain';
import { builtinResources } from '../../src/schema/resources';

type Given = Record<string, string | boolean | string[]>;

/** Runs a command against the built-in resources; what it wrote. */
async function run(command: Command, args: string[], given: Given = {}, client: Partial<Client> = {}): Promise<string> {
  let output = '';
  const value = (name: string) => {
    const flag = command.flags?.find((one) => one.name === name);
    if (!flag) throw new Error(`undeclared flag ${name}`);
    return given[name] ?? flag.default;
  };
  const flags: Flags = {
    string: (name) => String(value(name) ?? ''),
    bool: (name) => value(name) === true,
    int: (name) => Number(value(name)),
    duration: (name) => Number(value(name)),
    strings: (name) => (value(name) as string[] | undefined) ?? [],
    changed: (name) => name in given,
    given: () => [],
  };
  // Methods use `this`, as those of the real one do.
  const invocation = {
    own: { client },
    args,
    flags,
    program: 'kubectl',
    streams: {
      out: (text: string) => {
        output += text;
      },
    },
    async client(this: { own: { client: Partial<Client> } }) {
      return this.own.client;
    },
    async mapper(this: { own: { client: Partial<Client> } }) {
      expect(this.own.client).toBe(client);
      return createRestMapper([
        ...builtinResources(),
        { ...builtinResources()[0]!, group: 'example.com', plural: 'widgets', kind: 'Widget', singular: 'widget' },
      ]);
    },
  } as unknown as Invocation;
  await command.run?.(invocation);
  return output;
}

/** Recorded from kubectl 1.36.3 in front of the OpenAPI documents and the discovery of Kubernetes 1.36. */
function recorded(name: string): string {
  return readFileSync(`${__dirname}/testdata/${name}`, 'utf8');
}

test.each([
  ['configmaps.txt', 'configmaps', {}],
  ['deployments.spec.strategy.txt', 'deployments.spec.strategy', {}],
  ['pods.spec.containers.ports.protocol.txt', 'po.spec.containers.ports.protocol', {}],
  ['pods.spec.containers.resources.limits.txt', 'pod.spec.containers.resources.limits', {}],
  ['pods.spec.containers.startupProbe.txt', 'pods.spec.containers.startupProbe.', {}],
  ['networkpolicies--recursive.txt', 'networkpolicies.networking.k8s.io', { recursive: true }],
  [
    'crds.spec.versions.schema.openAPIV3Schema--recursive.txt',
    'crd.spec.versions.schema.openAPIV3Schema',
    { recursive: true },
  ],
  ['hpa--v1.txt', 'hpa', { 'api-version': 'autoscaling/v1' }],
])('explain: %s', async (file, argument, flags) => {
  expect(await run(explain, [argument], flags as unknown as Given)).toBe(recorded(`explain/${file}`));
});

test.each([
  [
    [],
    {},
    'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
  ],
  [['pods', 'services'], {}, 'We accept only this format: explain RESOURCE\n'],
  [['nosuch'], {}, `the server doesn't have a resource type "nosuch"`],
  [['pods.spec.nosuch'], {}, 'field "nosuch" does not exist'],
  [['pods.spec.nosuch.deeper'], {}, 'field "deeper" does not exist'],
  [['pods.spec.nosuch.deeper'], { output: 'plaintext-openapiv2' }, 'field "nosuch" does not exist'],
  [['pods[0]'], {}, 'invalid jsonpath syntax, first node must be field node'],
  [['pods'], { 'api-version': 'v2' }, `couldn't find resource for "/v2, Resource=pods"`],
  [['pods'], { 'api-version': 'a/b/c' }, 'unexpected GroupVersion string: a/b/c'],
  [['pods'], { output: 'nosuch' }, 'unrecognized format: nosuch'],
])('explain %j %j', async (args, flags, message) => {
  await expect(run(explain, args, flags as unknown as Given)).rejects.toThrow(message);
});

test('explain in the older layout', async () => {
  const text = await run(explain, ['deploy.spec.strategy'], { output: 'plaintext-openapiv2' });
  expect(text).toBe(`KIND:     Deployment
VERSION:  apps/v1

RESOURCE: strategy <Object>

DESCRIPTION:
     The deployment strategy to use to replace existing pods with new ones.

     DeploymentStrategy describes how to replace existing pods with new ones.

FIELDS:
   rollingUpdate	<Object>
     Rolling update config params. Present only if DeploymentStrategyType =
     RollingUpdate.

   type	<string>
     Type of deployment. Can be "Recreate" or "RollingUpdate". Default is
     RollingUpdate.

     Possible enum values:
     - \`"Recreate"\` Kill all existing pods before creating new ones.
     - \`"RollingUpdate"\` Replace the old ReplicaSets by new one using rolling
     update i.e gradually scale down the old ReplicaSets and scale up the new
     one.

`);
});

test('explain reads a custom resource from its definition', async () => {
  const get = async () => ({
    spec: {
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'A widget.',
              required: ['spec'],
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    size: { type: 'string', enum: ['S', 'M', 'L', 'XL', 'XXL'], description: 'How large.' },
                    tags: { type: 'object', additionalProperties: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      ],
    },
  });
  const client = { get: get as unknown as Client['get'] };
  expect(await run(explain, ['widget.spec'], {}, client)).toBe(`GROUP:      example.com
KIND:       Widget
VERSION:    v1

FIELD: spec <Object>


DESCRIPTION:
    <empty>
FIELDS:
  size	<string>
  enum: S, M, L, XL, ....
    How large.

  tags	<map[string]string>
    <no description>


`);
});

test('api-resources and api-versions', async () => {
  const builtin = (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.includes('example.com'))
      .join('\n');
  expect(builtin(await run(apiResources, [], { output: 'wide' }))).toBe(recorded('api-resources-wide.txt'));
  expect(await run(apiResources, [], { output: 'json', 'api-group': 'apps' })).toBe(
    recorded('api-resources-apps.json'),
  );
  expect(builtin(await run(apiVersions, []))).toBe(recorded('api-versions.txt'));
  expect(await run(apiResources, [], { output: 'name', categories: ['all'], namespaced: true, verbs: ['watch'] })).toBe(
    'pods\nreplicationcontrollers\nservices\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\nhorizontalpodautoscalers.autoscaling\ncronjobs.batch\njobs.batch\n',
  );
  const byKind = await run(apiResources, [], { 'sort-by': 'kind', 'no-headers': true, namespaced: false });
  expect(byKind.split('\n')[0]).toMatch(/^apiservices +apiregistration\.k8s\.io\/v1 +false +APIService$/);
  await expect(run(apiResources, [], { 'sort-by': 'x' })).rejects.toThrow('--sort-by accepts only name or kind');
  await expect(run(apiResources, [], { output: 'x' })).rejects.toThrow(
    'unable to match a printer suitable for the output format "x", allowed formats are: json,kyaml,name,wide,yaml',
  );
  await expect(run(apiVersions, ['x'])).rejects.toThrow('unexpected arguments: [x]');
});
