/**
 * Pods of one template, asked for in the very same words again and again: what is made once must be what would have been made each
 * time. Each case is played on two servers, on one of them in words that are always new, and both must hold the same in the end.
 */
import { clone, deepFreeze, type Json } from '../../src/apimachinery/json';
import { asJson, type KubeObject } from '../../src/apimachinery/meta';
import { DEFAULT_PLUGINS } from '../../src/apiserver/admission/ordered-plugins';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin';
import { Client } from '../../src/client/client';
import { DEFAULT_START } from '../../src/sim/clock';
import { createRandom } from '../../src/sim/random';
import { NAMESPACES, NODES, PODS, pod, SERVICE_ACCOUNTS, type TestServer, testServer } from './server-for-tests';

const core = (resource: string) => ({ group: '', version: 'v1', resource });
const kind = (group: string, resource: string) => ({ group, version: 'v1', resource });

interface Play extends TestServer {
  /** The words are the same each time. */
  isSame: boolean;
  /** One more pod of the body; or what was said against it. */
  more(body: KubeObject, client?: Client): Promise<KubeObject | string>;
}

async function played(
  script: (play: Play) => Promise<void>,
  isSame: boolean,
  plugins: readonly AdmissionPlugin[],
): Promise<Json> {
  const server = testServer({ admission: plugins });
  const { client, store } = server;
  await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  await client.create(SERVICE_ACCOUNTS, 'team', account());
  const heard: Json[] = [];
  const more: Play['more'] = async (body, sender = client) => {
    try {
      const created = await sender.create(PODS, 'team', isSame ? body : (clone(asJson(body)) as unknown as KubeObject));
      heard.push(clone(asJson(created)));
      return created;
    } catch (error) {
      heard.push((error as Error).message);
      return (error as Error).message;
    }
  };
  await script({ ...server, isSame, more });
  const { entries, revision } = await store.range('/');
  return JSON.parse(JSON.stringify({ heard, entries, revision, warnings: server.warnings }));
}

/** Plays both ways. */
async function alike(script: (play: Play) => Promise<void>, plugins = DEFAULT_PLUGINS): Promise<void> {
  const once = JSON.stringify(await played(script, true, plugins));
  expect(once).toBe(JSON.stringify(await played(script, false, plugins)));
}

function account(rest: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' }, ...rest };
}

function template(spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '1', controller: true };
  const { name: _, ...rest } = pod('', spec, {
    labels: { app: 'web' },
    ownerReferences: [owner],
    ...metadata,
  }).metadata;
  return deepFreeze({ ...pod('', spec), metadata: { generateName: 'web-', ...rest } });
}

function share(a: KubeObject | string, b: KubeObject | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return false;
  return a.metadata.labels === b.metadata.labels && a['spec'].tolerations === b['spec'].tolerations;
}

describe('the pods of a template', () => {
  test('share what they have in common, from the second on', () =>
    alike(async ({ more, clock, isSame }) => {
      const body = template();
      const [a, b, c] = [await more(body), await more(body), await more(body)];
      clock.advanceTo(DEFAULT_START + 5000);
      const d = (await more(body)) as KubeObject;
      expect([share(a, b), share(b, c), share(c, d)]).toEqual([false, isSame, isSame]);
      expect(d.metadata.creationTimestamp).toBe('2026-01-01T00:00:05Z');
      expect(d.metadata.managedFields?.[0]?.time).toBe('2026-01-01T00:00:05Z');
      expect(Object.isFrozen(d['spec'].containers[0].volumeMounts[0])).toBe(true);
    }));

  test('share their status while they wait, and when they are bound in the same second', () =>
    alike(async ({ more, client, clock, isSame }) => {
      const body = template();
      const names: string[] = [];
      for (let i = 0; i < 6; i++) names.push(((await more(body)) as KubeObject).metadata.name ?? '');
      const bound = async (at: number) => {
        const metadata = { name: names[at] as string };
        const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'n' } };
        await client.createSubresource(PODS, 'team', metadata.name, 'binding', binding);
        return (await client.get(PODS, 'team', metadata.name))['status'];
      };
      const [a, b] = [await bound(2), await bound(3)];
      clock.advanceTo(DEFAULT_START + 1000);
      const [c, d] = [await bound(4), await bound(5)];
      expect([a === b, b === c, c === d]).toEqual([isSame, false, isSame]);
      const conditions = (time: string) => [
        { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: time },
      ];
      expect(b.conditions).toEqual(conditions('2026-01-01T00:00:00Z'));
      expect(d.conditions).toEqual(conditions('2026-01-01T00:00:01Z'));
    }));

  test('each has a volume for its token that is called as no other, wherever it is named', () =>
    alike(async ({ more }) => {
      const body = template({
        initContainers: [{ name: 'init', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        containers: [
          { name: 'one', image: 'x' },
          {
            name: 'own',
            image: 'x',
            volumeMounts: [{ name: 'v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          },
        ],
        volumes: [{ name: 'v', emptyDir: {} }],
      });
      const pods = [];
      for (let i = 0; i < 5; i++) pods.push((await more(body)) as KubeObject);
      const names = pods.map(({ spec }) => spec.volumes[1].name as string);
      expect(new Set(names).size).toBe(5);
      expect(pods.map(({ spec }) => spec.containers[0].volumeMounts[0].name)).toEqual(names);
      expect(pods.map(({ spec }) => spec.initContainers[0].volumeMounts[1].name)).toEqual(names);
    }));

  test('may be without a token, and have a volume for it already', () =>
    alike(async ({ more }) => {
      const without = template({ automountServiceAccountToken: false });
      const own = template({ volumes: [{ name: 'kube-api-access-mine', emptyDir: {} }] });
      for (let i = 0; i < 4; i++) {
        await more(without);
        await more(own);
      }
    }));

  test('may be many kinds of them, one after the other', () =>
    alike(async ({ more, client }) => {
      const bodies = [
        template(),
        template({ priorityClassName: 'system-node-critical' }),
        template({}, { finalizers: ['x/y'] }),
      ];
      await client.create(kind('scheduling.k8s.io', 'priorityclasses'), '', {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'system-node-critical' },
        value: 2000001000,
      } as KubeObject);
      for (let i = 0; i < 12; i++) await more(bodies[(i * i) % 3] as KubeObject);
    }));

  test('with scheduling gates each say since when', () =>
    alike(async ({ more, clock }) => {
      const body = template({ schedulingGates: [{ name: 'wait' }] });
      for (let i = 1; i < 5; i++) {
        clock.advanceTo(DEFAULT_START + i * 1000);
        const { status } = (await more(body)) as KubeObject;
        expect(status.conditions[0].lastTransitionTime).toBe(`2026-01-01T00:00:0${i}Z`);
      }
    }));

  test('of which something is to be said are made one by one', () =>
    alike(async ({ more, warnings }) => {
      const body = template({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } });
      for (let i = 1; i < 5; i++) {
        await more(body);
        expect(warnings).toHaveLength(i);
      }
    }));

  test('whose name is taken get another', () =>
    alike(async ({ more, client, store }) => {
      const body = template();
      for (let i = 0; i < 3; i++) await more(body);
      // What will be drawn for the next one, at the revision that this one makes.
      const random = createRandom(1).fork(
        'generateName',
        '/registry/core/pods/',
        'team',
        'web-',
        (await store.revision()) + 1,
      );
      const [first, second] = [`web-${random.suffix(5)}`, `web-${random.suffix(5)}`];
      await client.create(PODS, 'team', pod(first));
      expect(((await more(body)) as KubeObject).metadata.name).toBe(second);
    }));
});

interface Change {
  /** What there is from the beginning. */
  before?(client: Client): Promise<unknown>;
  body?: KubeObject;
  change(client: Client): Promise<unknown>;
  /** What shows it, of the pod that is made after it, or of why none is; as text. */
  sees(made: KubeObject): unknown;
  says: RegExp;
}

const CHANGES: Record<string, Change> = {
  'its service account': {
    change: (client) =>
      client.patch(SERVICE_ACCOUNTS, 'team', 'default', 'merge', { imagePullSecrets: [{ name: 'x' }] }),
    sees: (made) => made['spec'].imagePullSecrets,
    says: /^\[\{"name":"x"\}\]$/,
  },
  'its service account goes': {
    change: (client) => client.delete(SERVICE_ACCOUNTS, 'team', 'default'),
    sees: (made) => made,
    says: /error looking up service account team\/default: serviceaccount "default" not found$/,
  },
  'a LimitRange': {
    change: (client) =>
      client.create(core('limitranges'), 'team', {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'limits' },
        spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
      } as KubeObject),
    sees: (made) => made['spec'].containers[0].resources.limits,
    says: /^\{"cpu":"1"\}$/,
  },
  'a default PriorityClass': {
    change: (client) =>
      client.create(kind('scheduling.k8s.io', 'priorityclasses'), '', {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'normal' },
        globalDefault: true,
        value: 7,
      } as KubeObject),
    sees: (made) => made['spec'].priority,
    says: /^7$/,
  },
  'a level of security': {
    change: (client) =>
      client.patch(NAMESPACES, '', 'team', 'merge', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      }),
    sees: (made) => made,
    says: /violates PodSecurity "restricted:latest": /,
  },
  'a namespace that goes': {
    change: (client) => client.delete(NAMESPACES, '', 'team'),
    sees: (made) => made,
    says: /unable to create new content in namespace team because it is being terminated$/,
  },
  'a quota': {
    change: async (client) => {
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'few' },
        spec: { hard: { pods: '3' } },
      };
      const created = await client.create(core('resourcequotas'), 'team', quota as KubeObject);
      await client.updateStatus(core('resourcequotas'), {
        ...created,
        status: { hard: { pods: '3' }, used: { pods: '3' } },
      });
    },
    sees: (made) => made,
    says: /exceeded quota: few, requested: pods=1, used: pods=3, limited: pods=3$/,
  },
  'a policy that changes pods': {
    change: async (client) => {
      const group = 'admissionregistration.k8s.io';
      await client.create(kind(group, 'mutatingadmissionpolicies'), '', {
        apiVersion: `${group}/v1`,
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: 'mark' },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
          reinvocationPolicy: 'Never',
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"marked": "yes"}}}' },
            },
          ],
        },
      } as KubeObject);
      await client.create(kind(group, 'mutatingadmissionpolicybindings'), '', {
        apiVersion: `${group}/v1`,
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name: 'mark' },
        spec: { policyName: 'mark' },
      } as KubeObject);
    },
    sees: (made) => made.metadata.labels?.['marked'],
    says: /^"yes"$/,
  },
  'its RuntimeClass': {
    before: (client) =>
      client.create(kind('node.k8s.io', 'runtimeclasses'), '', {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: 'slow' },
        handler: 'slow',
        scheduling: { nodeSelector: { speed: 'slow' } },
      } as KubeObject),
    body: template({ runtimeClassName: 'slow' }),
    change: (client) =>
      client.patch(kind('node.k8s.io', 'runtimeclasses'), '', 'slow', 'merge', {
        scheduling: { nodeSelector: { speed: 'slower' } },
      }),
    sees: (made) => made['spec'].nodeSelector,
    says: /^\{"speed":"slower"\}$/,
  },
  'the zone of its node': {
    before: (client) =>
      client.create(NODES, '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } } as KubeObject),
    body: template({ nodeName: 'n' }),
    change: (client) =>
      client.patch(NODES, '', 'n', 'merge', { metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } } }),
    sees: (made) => made.metadata.labels?.['topology.kubernetes.io/zone'],
    says: /^"a"$/,
  },
  'a policy that judges pods': {
    change: async (client) => {
      const group = 'admissionregistration.k8s.io';
      await client.create(kind(group, 'validatingadmissionpolicies'), '', {
        apiVersion: `${group}/v1`,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'none' },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
          validations: [{ expression: 'false', message: 'no more' }],
        },
      } as KubeObject);
      await client.create(kind(group, 'validatingadmissionpolicybindings'), '', {
        apiVersion: `${group}/v1`,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'none' },
        spec: { policyName: 'none', validationActions: ['Deny'] },
      } as KubeObject);
    },
    sees: (made) => made,
    says: /ValidatingAdmissionPolicy 'none' with binding 'none' denied request: no more$/,
  },
  'a webhook that changes pods': {
    change: (client) =>
      client.create(
        kind('admissionregistration.k8s.io', 'mutatingwebhookconfigurations'),
        '',
        webhooks('MutatingWebhookConfiguration'),
      ),
    sees: (made) => made,
    says: /failed calling webhook "hook.example.com": /,
  },
  'a webhook that judges pods': {
    change: (client) =>
      client.create(
        kind('admissionregistration.k8s.io', 'validatingwebhookconfigurations'),
        '',
        webhooks('ValidatingWebhookConfiguration'),
      ),
    sees: (made) => made,
    says: /failed calling webhook "hook.example.com": /,
  },
};

/** One that nobody reaches. */
function webhooks(kind: string): KubeObject {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'hook' },
    webhooks: [
      {
        name: 'hook.example.com',
        rules,
        clientConfig: { url: 'https://hook.example.com' },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  } as unknown as KubeObject;
}

describe('another is made for the pods that come after', () => {
  test.each(Object.entries(CHANGES))('%s', (_, { before, body = template(), change, sees, says }) =>
    alike(async ({ more, client, isSame }) => {
      await before?.(client);
      const made = [await more(body), await more(body), await more(body)] as const;
      expect(share(made[1], made[2])).toBe(isSame && !body['spec'].nodeName);
      await change(client);
      for (let i = 0; i < 4; i++) {
        const made = await more(body);
        expect(typeof made === 'string' ? made : JSON.stringify(sees(made))).toMatch(says);
      }
    }),
  );

  test('what lies elsewhere is nobody’s business', () =>
    alike(async ({ more, client, isSame }) => {
      const body = template();
      for (let i = 0; i < 2; i++) await more(body);
      const before = await more(body);
      await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
      await client.create(SERVICE_ACCOUNTS, 'other', account());
      expect(share(before, await more(body))).toBe(isSame);
    }));

  test('as long as there is an autoscaler of pods, each is made by itself', () =>
    alike(async ({ more, store, isSame }) => {
      const body = template();
      const made = [await more(body), await more(body), await more(body)] as const;
      expect(share(made[1], made[2])).toBe(isSame);
      const key = '/registry/autoscaling.k8s.io/verticalpodautoscalers/team/web';
      const value = { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: { name: 'web' } };
      await store.commit([{ key, value: { ...value, spec: { targetRef: { kind: 'Deployment', name: 'web' } } } }]);
      const later = [await more(body), await more(body), await more(body)] as const;
      expect([share(made[2], later[0]), share(later[0], later[1]), share(later[1], later[2])]).not.toContain(true);
    }));

  test('who asks', () =>
    alike(async ({ more, server }) => {
      const body = template();
      const someone = new Client(server, { userAgent: 'someone/1.0', user: 'someone' });
      for (let i = 0; i < 3; i++) await more(body);
      const { metadata } = (await more(body, someone)) as KubeObject;
      expect(metadata.managedFields?.[0]?.manager).toBe('someone');
      for (let i = 0; i < 3; i++) await more(body);
    }));

  test('a plugin that has to be asked each time is asked each time', async () => {
    let asked = 0;
    const counts: AdmissionPlugin = { name: 'Counts', handles: () => true, validate: () => void asked++ };
    await alike(
      async ({ more }) => {
        asked = 0;
        const body = template();
        for (let i = 0; i < 5; i++) await more(body);
        expect(asked).toBe(5);
      },
      [...DEFAULT_PLUGINS, counts],
    );
  });
});
