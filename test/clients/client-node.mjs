// A program that uses @kubernetes/client-node as programs do: `client-node.mjs PACKAGE crud|inform|elect NAME`. It says what it
// sees, a line each; `inform` and `elect` go on until their standard input ends.
import { setTimeout as pause } from 'node:timers/promises';

const [, , source, role, name] = process.argv;
const k8s = await import(source);
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const namespace = 'default';

function say(...words) {
  process.stdout.write(`${words.join(' ')}\n`);
}

const roles = { crud, inform, elect };
await roles[role]();

async function crud() {
  const body = { metadata: { name: 'settings', labels: { app: 'web' } }, data: { colour: 'blue' } };
  const created = await core.createNamespacedConfigMap({ namespace, body });
  say('created', created.metadata.name, created.metadata.creationTimestamp instanceof Date);
  say('again', await refusal(core.createNamespacedConfigMap({ namespace, body })));
  say('missing', await refusal(core.readNamespacedConfigMap({ namespace, name: 'nothing' })));
  const read = await core.readNamespacedConfigMap({ namespace, name: 'settings' });
  read.data.colour = 'green';
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: read });
  say('replaced', replaced.data.colour);
  say('stale', await refusal(core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: read })));
  const patches = [
    ['JsonPatch', [{ op: 'replace', path: '/data/colour', value: 'red' }]],
    ['MergePatch', { data: { size: 'small' } }],
    ['StrategicMergePatch', { data: { colour: null } }],
  ];
  for (const [strategy, patch] of patches) {
    const options = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy[strategy]);
    const patched = await core.patchNamespacedConfigMap({ namespace, name: 'settings', body: patch }, options);
    say(strategy, JSON.stringify(patched.data));
  }
  const apply = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.ServerSideApply);
  const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { shape: 'round' } };
  const request = { namespace, name: 'settings', body: wanted, fieldManager: 'shaper' };
  const applied = await core.patchNamespacedConfigMap(request, apply);
  say(
    'applied',
    JSON.stringify(applied.data),
    applied.metadata.managedFields.some((one) => one.manager === 'shaper'),
  );
  const found = await core.listNamespacedConfigMap({ namespace, labelSelector: 'app=web' });
  say('listed', found.items.length, found.items[0].metadata.name);

  const apps = config.makeApiClient(k8s.AppsV1Api);
  const labels = { app: 'web' };
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec } });
  const ready = async () => (await apps.readNamespacedDeployment({ namespace, name: 'web' })).status.readyReplicas;
  while ((await ready()) !== 2) await pause(20);
  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
  say('scale', scale.spec.replicas, scale.status.selector);
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const yaml =
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n';
  const service = await objects.create(k8s.loadYaml(yaml));
  say('service', service.spec.type, service.spec.clusterIP !== undefined);
  const listed = await objects.list('apps/v1', 'Deployment', namespace);
  say('objects', listed.items.map((one) => one.metadata.name).join(' '));
  await core.deleteNamespacedConfigMap({ namespace, name: 'settings' });
  await apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Foreground' });
  say('deleted', await refusal(core.readNamespacedConfigMap({ namespace, name: 'settings' })));
}

/** `409 AlreadyExists` */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
    return `${error.code} ${status.kind} ${status.reason}`;
  }
  return 'done';
}

async function inform() {
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'app=web' });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = k8s.makeInformer(config, path, list, 'app=web');
  for (const event of ['add', 'update', 'delete'])
    informer.on(event, ({ metadata, data }) => say(event, metadata.name, data?.colour));
  let ended = false;
  // What its documentation says to do.
  informer.on('error', async (error) => {
    if (ended) return;
    say('error', error.code ?? error.name);
    await pause(100);
    await informer.start();
  });
  await informer.start();
  say('informed');
  for await (const _ of process.stdin);
  ended = true;
  await informer.stop();
}

/**
 * Leads while it holds the lease: takes one that is nobody's or has not been renewed for its duration, as seen by this program's own
 * clock (client-go tools/leaderelection tryAcquireOrRenew).
 */
async function elect() {
  const coordination = config.makeApiClient(k8s.CoordinationV1Api);
  const lease = { namespace, name: 'leader' };
  let [seen, seenAt, leads] = ['', 0, false];
  const tryOnce = async () => {
    const now = new k8s.V1MicroTime();
    const mine = {
      holderIdentity: name,
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    let current;
    try {
      current = await coordination.readNamespacedLease(lease);
    } catch (error) {
      if (error.code !== 404) throw error;
      await coordination.createNamespacedLease({ namespace, body: { metadata: { name: lease.name }, spec: mine } });
      return true;
    }
    const { resourceVersion } = current.metadata;
    if (resourceVersion !== seen) [seen, seenAt] = [resourceVersion, Date.now()];
    const { holderIdentity, acquireTime, leaseTransitions = 0 } = current.spec;
    const own = holderIdentity === name;
    if (!own && holderIdentity && Date.now() < seenAt + 1000) return false;
    current.spec = own
      ? { ...mine, acquireTime, leaseTransitions }
      : { ...mine, leaseTransitions: leaseTransitions + 1 };
    const written = await coordination.replaceNamespacedLease({ ...lease, body: current });
    [seen, seenAt] = [written.metadata.resourceVersion, Date.now()];
    return true;
  };
  const end = new AbortController();
  process.stdin.on('end', () => end.abort()).resume();
  say('runs');
  while (!end.signal.aborted) {
    // Somebody else was first.
    const won = await tryOnce().catch((error) => {
      if (error.code !== 409) throw error;
      return false;
    });
    if (won !== leads) say(won ? 'leads' : 'follows');
    leads = won;
    await pause(100);
  }
  process.exit();
}
