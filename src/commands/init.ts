/** `init`: makes a cluster to measure in the state folder. */
import type { AbacPolicy } from '../apiserver/authorizers/abac';
import type { AuthorizationSettings, AuthorizerSettings } from '../apiserver/authorizers/modes';
import { auditFlags, auditOf } from './audit-flags';
import { type Command, CommandError, type Invocation, UsageError } from './command';
import { messageOf } from './errors';
import { admissionFlags, admissionOf } from './init-admission';

const command: Command = {
  use: 'init [--nodes N] [--node-cpu CPU] [--node-memory MEMORY] [--service-cidr CIDR] [--pod-cidr CIDR]',
  short: 'Make a new cluster in the state folder',
  long: `Make a cluster in the state folder: its namespaces, its nodes, the service \`kubernetes\`.

Nothing needs to be made before it is used: the first command makes a cluster of three nodes. This makes one to measure. Simulated time begins at a fixed instant unless told, and chance at a fixed seed, so that runs repeat.`,
  examples: `# Three nodes, as the first command would make them
kubectl init

# Ten nodes of 8 cores and 32Gi each
kubectl init --nodes 10 --node-cpu 8 --node-memory 32Gi

# With a scheduler of your own making
kubectl init --scheduler-config scheduler.yaml

# Where everybody may do everything
kubectl init --authorization-mode AlwaysAllow

# Where images are pulled anew for every pod
kubectl init --enable-admission-plugins AlwaysPullImages

# In a folder of this project; commands below it find it
kubectl init --state .kubetick

# Dual-stack: services and pods with addresses of both families
kubectl init --service-cidr 10.96.0.0/16,fd00:96::/112 --pod-cidr 10.244.0.0/16,fd00:244::/56

# Once more from the start
kubectl init --force`,
  flags: [
    ...admissionFlags,
    ...auditFlags,
    {
      name: 'authorization-config',
      type: 'string',
      usage:
        'File with an AuthorizationConfiguration (apiserver.config.k8s.io/v1): authorizers in their order, webhooks too.',
    },
    {
      name: 'authorization-mode',
      type: 'string',
      default: 'Node,RBAC',
      usage: 'Who decides what may be done, in this order: Node, RBAC, ABAC, AlwaysAllow, AlwaysDeny.',
    },
    {
      name: 'authorization-policy-file',
      type: 'string',
      usage: 'File with the policies of the mode ABAC, one JSON object a line.',
    },
    {
      name: 'feature-gates',
      type: 'string',
      usage: 'Features of 1.36 to turn on or off, as in MaxUnavailableStatefulSet=true.',
    },
    { name: 'force', type: 'bool', usage: 'If true, replace the cluster that is there. All of it is lost.' },
    {
      name: 'load-balancer-range',
      type: 'string',
      default: '172.18.255.0/24',
      usage: 'Addresses of load balancers and ingresses; "none" for a cluster whose load balancers stay pending.',
      completion: { offer: 'words', words: ['none'] },
    },
    { name: 'node-cpu', type: 'string', default: '4', usage: 'CPU of each node, as a quantity.' },
    { name: 'node-memory', type: 'string', default: '16Gi', usage: 'Memory of each node, as a quantity.' },
    { name: 'nodes', type: 'int', default: 3, usage: 'How many nodes to make.' },
    {
      name: 'pod-cidr',
      type: 'string',
      default: '10.244.0.0/16',
      usage:
        'Addresses of pods: each node gets a /24 of it, or a /64 of IPv6. Two ranges, as in A,B, make a dual-stack cluster.',
    },
    {
      name: 'proxy-mode',
      type: 'string',
      default: 'iptables',
      usage: 'How kube-proxy brings connections to backends: "iptables", "nftables", "ipvs" or "userspace".',
      completion: { offer: 'words', words: ['iptables', 'nftables', 'ipvs', 'userspace'] },
    },
    {
      name: 'scheduler-config',
      type: 'string',
      usage: 'File with a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): profiles, plugins, weights.',
    },
    {
      name: 'seed',
      type: 'string',
      default: '0',
      usage: 'What chance begins with: the same seed draws the same names.',
    },
    {
      name: 'service-cidr',
      type: 'string',
      default: '10.96.0.0/12',
      usage: 'Addresses of services. Two ranges, as in A,B, make a dual-stack cluster.',
    },
    {
      name: 'service-node-port-range',
      type: 'string',
      default: '30000-32767',
      usage: 'Ports of nodes that services may have.',
    },
    {
      name: 'start-time',
      type: 'string',
      usage: 'When simulated time begins, as in 2026-01-01T00:00:00Z. Default: a fixed instant.',
    },
    {
      name: 'store',
      type: 'string',
      default: 'lowdb',
      usage: 'How the state is kept: "lowdb", readable JSON, or "lmdb", for large clusters.',
      completion: { offer: 'words', words: ['lowdb', 'lmdb'] },
    },
  ],
  run,
};

export default command;

const LARGEST = 100_000;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const nodes = flags.int('nodes');
  if (nodes < 0 || nodes > LARGEST) throw new CommandError(`--nodes must be from 0 to ${LARGEST}, not ${nodes}`);
  const nodeCpu = await quantity(invocation, 'node-cpu');
  const nodeMemory = await quantity(invocation, 'node-memory');
  const driver = flags.string('store');
  if (driver !== 'lowdb' && driver !== 'lmdb') {
    throw new CommandError(`--store must be one of [lowdb lmdb], not ${JSON.stringify(driver)}`);
  }
  const startTime = await startTimeOf(flags.string('start-time'));
  const seed = flags.string('seed');
  const featureGates = await featureGatesOf(flags.string('feature-gates'));
  const authorization = await authorizationOf(invocation);
  const admission = await admissionOf(invocation);
  const audit = await auditOf(invocation);
  const schedulerFile = flags.string('scheduler-config');
  const scheduler = schedulerFile === '' ? undefined : await schedulerConfiguration(invocation, schedulerFile);
  const { networkSettings } = await import('./init-network');
  const network = networkSettings(flags, nodes);
  const { stateFolder, kubeconfig } = await invocation.files();
  if (!stateFolder) throw new CommandError('this cluster is in memory only');
  const { createStore, StoreExistsError, StoreServedError } = await import('../store/state-folder');
  const { initialiseCluster } = await import('../cluster/bootstrap');
  const { useCompiledSchema } = await import('../host/schema-files');
  await useCompiledSchema();
  let store: Awaited<ReturnType<typeof createStore>>;
  try {
    store = await createStore(stateFolder, driver, { force: flags.bool('force') });
  } catch (error) {
    if (error instanceof StoreServedError) throw new CommandError(error.message);
    if (!(error instanceof StoreExistsError)) throw error;
    throw new CommandError(`${error.message}; --force replaces it`);
  }
  try {
    await initialiseCluster(store, {
      nodes,
      nodeCpu,
      nodeMemory,
      featureGates,
      ...(authorization ? { authorization } : {}),
      ...(admission ? { admission } : {}),
      ...(audit ? { audit } : {}),
      seed: /^\d{1,15}$/.test(seed) ? Number(seed) : seed,
      ...(startTime === undefined ? {} : { startTime }),
      settings: { ...network, ...(scheduler ? { scheduler } : {}) },
    });
    await store.flush();
    if (kubeconfig.own) await kubeconfig.reset();
  } finally {
    await store.close();
  }
  streams.out(`Initialised a cluster with ${nodes} node${nodes === 1 ? '' : 's'} in ${stateFolder}\n`);
}

/** Undefined for what is the default. */
async function authorizationOf(invocation: Invocation): Promise<AuthorizationSettings | undefined> {
  const { flags } = invocation;
  const configuration = flags.string('authorization-config');
  if (configuration !== '' && flags.changed('authorization-mode'))
    // pkg/kubeapiserver/options/authorization.go Validate.
    throw new CommandError('--authorization-config can not be specified when --authorization-mode is defined');
  if (configuration === '' && !flags.changed('authorization-mode') && !flags.changed('authorization-policy-file'))
    return undefined;
  const { parseAuthorizationModes, authorizersOf } = await import('../apiserver/authorizers/modes');
  try {
    const authorizers = configuration
      ? await configuredAuthorizers(invocation, configuration)
      : authorizersOf(parseAuthorizationModes(flags.string('authorization-mode')));
    return { authorizers, ...(await policiesOf(invocation, authorizers)) };
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(messageOf(error));
  }
}

async function configuredAuthorizers({ streams, cwd }: Invocation, file: string): Promise<AuthorizerSettings[]> {
  const { readFileText } = await import('./print-objects');
  const { parseYaml } = await import('../yaml/read');
  const { readAuthorizationConfiguration } = await import('../apiserver/authorizers/configuration');
  const text = file === '-' ? await streams.stdin() : await readFileText(file, cwd);
  try {
    return readAuthorizationConfiguration(parseYaml(text));
  } catch (error) {
    throw new CommandError(`failed to load AuthorizationConfiguration from file: ${file}: ${messageOf(error)}`);
  }
}

/** pkg/kubeapiserver/options/authorization.go Validate. */
async function policiesOf(
  { flags, streams, cwd }: Invocation,
  authorizers: readonly AuthorizerSettings[],
): Promise<{ policies?: AbacPolicy[] }> {
  const file = flags.string('authorization-policy-file');
  const isAbac = authorizers.some(({ type }) => type === 'ABAC');
  if (isAbac && file === '') throw new CommandError("authorization-mode ABAC's authorization policy file not passed");
  if (!isAbac && file !== '') throw new CommandError('cannot specify --authorization-policy-file without mode ABAC');
  if (authorizers.some(({ type, webhook }) => type === 'Webhook' && !webhook))
    throw new CommandError("authorization-mode Webhook's authorization config file not passed");
  if (file === '') return {};
  const { readFileText } = await import('./print-objects');
  const { parseAbacPolicies } = await import('../apiserver/authorizers/abac');
  return { policies: parseAbacPolicies(file, file === '-' ? await streams.stdin() : await readFileText(file, cwd)) };
}

/** Reads a scheduler's configuration as kube-scheduler --config would. */
async function schedulerConfiguration({ streams, cwd }: Invocation, file: string) {
  const { readFileText } = await import('./print-objects');
  const { parseYaml } = await import('../yaml/read');
  const { decodeConfiguration } = await import('../sim/scheduler/configuration/decode');
  const { validateConfiguration } = await import('../sim/scheduler/configuration/validate');
  const text = file === '-' ? await streams.stdin() : await readFileText(file, cwd);
  try {
    const configuration = decodeConfiguration(parseYaml(text));
    validateConfiguration(configuration);
    return configuration;
  } catch (error) {
    throw new CommandError(`${file}: ${messageOf(error)}`);
  }
}

async function quantity({ flags }: Invocation, name: string): Promise<string> {
  const text = flags.string(name);
  const { parseQuantity } = await import('../apimachinery/quantity');
  try {
    if (parseQuantity(text).sign() < 0) throw new Error('must not be negative');
    return text;
  } catch (error) {
    throw new CommandError(`invalid value ${JSON.stringify(text)} of --${name}: ${messageOf(error)}`);
  }
}

async function featureGatesOf(text: string): Promise<Record<string, boolean>> {
  const { parseFeatureGates } = await import('../apiserver/feature-gates');
  try {
    return parseFeatureGates(text);
  } catch (error) {
    throw new CommandError(`invalid argument ${JSON.stringify(text)} for "--feature-gates" flag: ${messageOf(error)}`);
  }
}

async function startTimeOf(text: string): Promise<number | undefined> {
  if (text === '') return undefined;
  const { parseTime } = await import('../apimachinery/time');
  const instant = parseTime(text);
  if (instant === undefined) {
    throw new CommandError(
      `invalid value ${JSON.stringify(text)} of --start-time: it must look like 2026-01-01T00:00:00Z`,
    );
  }
  return Math.floor(instant);
}
