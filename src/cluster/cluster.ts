/** The composition root: a cluster from a store. Everything above it sees a Transport and knows nothing else. */
import type { AdmissionSettings } from '../apiserver/admission/settings';
import type { AskAdmissionWebhook } from '../apiserver/admission/webhooks/ask';
import type { AuditLog } from '../apiserver/audit/auditor';
import { DEFAULT_ROTATION, type RotationSettings } from '../apiserver/audit/rotation';
import type { RequestAuthenticator } from '../apiserver/authenticators/authenticator';
import type { AuthenticatorChain } from '../apiserver/authenticators/chain';
import type { LabelSecret } from '../apiserver/authenticators/legacy-tokens';
import type { AskIssuer } from '../apiserver/authenticators/oidc';
import type { LoadSigningKey } from '../apiserver/authenticators/service-account-key';
import type { TokenIssuer } from '../apiserver/authenticators/token-issuer';
import type { AskTokenWebhook } from '../apiserver/authenticators/webhook';
import { forbiddenAccess } from '../apiserver/authorization';
import { allowsEverything, clusterAuthorizer } from '../apiserver/authorizers/modes';
import type { AskWebhook } from '../apiserver/authorizers/webhook';
import { FLOWCONTROL_GROUP, RBAC_GROUP } from '../apiserver/bootstrapped-groups';
import type { KeyPair } from '../apiserver/certificates/issue-certificate';
import type { ResourceReader, ServiceRanges } from '../apiserver/resource';
import { type ApiServer, createApiServer, type PathHandler } from '../apiserver/server';
import { Client } from '../client/client';
import type { Transport } from '../client/transport';
import { type Clock, type Instant, SimulatedClock } from '../sim/clock';
import { CLOCK_KEY, readClockRecord } from '../sim/clock-record';
import type { Settings } from '../sim/controller';
import { createRandom, type Random } from '../sim/random';
import type { Simulation } from '../sim/simulation';
import type { Store } from '../store/store';
import type { JudgeCertificate } from './authentication-paths';
import { type AuditSettings, CLUSTER_KEY, type ClusterRecord, parseClusterRecord } from './cluster-record';
import { type ClusterParts, clusterPaths } from './paths';
import { withPromptReactions } from './prompt-reactions';

export interface ClusterSettings {
  /** The name of the store's driver, for `kubetick status`. */
  driver?: string;
  /** What comes before all other ways to be known: the admin's token. Asked for when somebody first shows credentials. */
  authenticators?(): Promise<readonly RequestAuthenticator[]>;
  /** Where the key lies that signs service accounts' tokens; default: one that lasts as long as this process. */
  signingKey?: LoadSigningKey;
  /** The authority that signs certificates; default: one that lasts as long as this process. */
  authority?(): Promise<KeyPair>;
  /** How webhooks are asked; only a process that listens makes connections too. */
  askAdmissionWebhook?: AskAdmissionWebhook;
  askWebhook?: AskWebhook & AskTokenWebhook;
  /** How issuers of tokens are asked for their keys, likewise. */
  askIssuer?: AskIssuer;
  /** For `auth explain`. */
  judgeCertificate?: JudgeCertificate;
  /** What goes into the audit log, should that be another than the record says. */
  audit?: AuditSettings;
  /** Opens an audit log to add lines to; without it, nothing is noted. */
  openAuditLog?: (path: string, rotation: RotationSettings, now: () => Instant) => AuditLog | Promise<AuditLog>;
  /** Everybody may do everything, whatever the record says: while the cluster is made. */
  unguarded?: boolean;
  /** See SimulationOptions.breathe. */
  breathe?(): Promise<void> | undefined;
  /** True once a listener takes no more requests: then the cluster is not ready. */
  isClosing?(): boolean;
}

export interface Cluster extends Transport {
  readonly clock: Clock;
  /** As ApiServer.handle. */
  handle(prefix: string, handler: PathHandler): void;
}

/** The store holds no cluster: `initialiseCluster` makes one. */
export class NoClusterError extends Error {
  constructor() {
    super('there is no cluster in this store');
    this.name = 'NoClusterError';
  }
}

/**
 * Opens the cluster in a store. Its API server answers requests; `/kubetick/…` are the cluster's own (see paths.ts).
 * The simulation is loaded when time first passes. Closing the transport closes the store.
 * @throws NoClusterError, and Error for a record that can't be read.
 */
export async function createCluster(store: Store, settings: ClusterSettings = {}): Promise<Cluster> {
  const [cluster, clockEntry] = await Promise.all([store.get(CLUSTER_KEY), store.get(CLOCK_KEY)]);
  if (!cluster) throw new NoClusterError();
  const record = parseClusterRecord(cluster.value);
  const clock = new SimulatedClock(readClockRecord(clockEntry?.value) ?? record.startTime);
  const random = createRandom(record.seed);
  const making = new Map<string, Promise<void>>();
  const makeOnce = (group: string, make: () => Promise<void>): Promise<void> => {
    let made = making.get(group);
    if (!made) {
      made = make();
      making.set(group, made);
      made.catch(() => making.delete(group));
    }
    return made;
  };
  const hasRoles = record.authorization.authorizers.some(({ type }) => type === 'RBAC');
  let issuing: Promise<TokenIssuer> | undefined;
  const issuer = () => {
    issuing ??= loadIssuer(record, settings);
    return issuing;
  };
  let passing: Promise<KeyPair> | undefined;
  const authority =
    settings.authority ??
    (() => {
      passing ??= passingAuthority(clock);
      return passing;
    });
  let chain: Promise<AuthenticatorChain> | undefined;
  const authentication = () => {
    chain ??= (async () => {
      const { authenticatorChain } = await import('./authentication');
      return authenticatorChain({
        settings: record.authentication,
        issuer: await issuer(),
        reader: server.core.reader,
        labelSecret: labelSecretThrough(server),
        clock,
        first: (await settings.authenticators?.()) ?? [],
        publicPaths: allowsEverything(record.authorization) ? PUBLIC_PATHS : undefined,
        askWebhook: settings.askWebhook,
        askIssuer: settings.askIssuer,
      });
    })();
    chain.catch(() => {
      chain = undefined;
    });
    return chain;
  };
  const audit = settings.unguarded ? undefined : (settings.audit ?? record.audit);
  const auditor =
    audit && settings.openAuditLog ? await newAuditor(audit, settings.openAuditLog, clock, random) : undefined;
  const server: ApiServer = createApiServer({
    store,
    ...(auditor ? { auditor } : {}),
    clock,
    random: random.fork('apiserver'),
    featureGates: record.featureGates,
    admission: settings.unguarded ? FOR_A_NEW_CLUSTER : record.admission,
    ...(settings.unguarded || allowsEverything(record.authorization)
      ? {}
      : {
          authorizer: clusterAuthorizer(record.authorization, {
            store,
            clock,
            read: (): ResourceReader => server.core.reader,
            askWebhook: settings.askWebhook,
          }),
        }),
    ...(settings.unguarded
      ? {}
      : {
          async awaitBootstrapObjects(group) {
            if (group === RBAC_GROUP && hasRoles)
              await makeOnce(group, async () =>
                (await import('./bootstrap-policy')).ensureBootstrapPolicy(store, record),
              );
            if (group === FLOWCONTROL_GROUP)
              await makeOnce(group, async () =>
                (await import('./bootstrap-flows')).ensureBootstrapFlows(store, record),
              );
          },
        }),
    serviceRanges: serviceRangesOf(record.settings),
    awaitDefaultAccount: (namespace) => createDefaultAccount(server, namespace),
    async openContainerLog(pod, container, previous) {
      const [{ openContainerLog }, { elsewhereOf }] = await Promise.all([
        import('../sim/kubelet/container-log'),
        import('./elsewhere'),
      ]);
      return openContainerLog(pod, container, previous, elsewhereOf(parts, server.core.reader, pod));
    },
    async execute(pod, container, command) {
      const [{ execute }, { elsewhereOf }] = await Promise.all([
        import('../sim/kubelet/execute'),
        import('./elsewhere'),
      ]);
      return execute(pod, container, command, clock.now(), elsewhereOf(parts, server.core.reader, pod));
    },
    async readUsage(namespace) {
      const { readUsage } = await import('../sim/load/snapshot');
      return readUsage(server.core.reader, namespace, clock.now());
    },
    authentication,
    serviceAccountTokens: issuer,
    ...(settings.isClosing ? { isClosing: settings.isClosing } : {}),
    ...(settings.askAdmissionWebhook ? { askAdmissionWebhook: settings.askAdmissionWebhook } : {}),
  });

  let simulation: Promise<Simulation> | undefined;
  const simulate = async (): Promise<Simulation> => {
    const [{ Simulation }, { loadControllers }] = await Promise.all([
      import('../sim/simulation'),
      import('../sim/controllers/index'),
    ]);
    const controllers = await loadControllers();
    return new Simulation({
      store,
      transport: server,
      clock,
      random: random.fork('simulation'),
      settings: {
        ...record.settings,
        featureGates: record.featureGates,
        // It can be set anew at any time.
        get proxy() {
          return record.settings.proxy ?? {};
        },
      },
      keys: { signToken: async (claims) => (await issuer()).sign(claims), authority },
      controllers,
      ...(settings.breathe ? { breathe: settings.breathe } : {}),
    });
  };
  const parts: ClusterParts = {
    store,
    server,
    clock,
    record,
    driver: settings.driver ?? 'memory',
    simulation() {
      simulation ??= simulate();
      return simulation;
    },
  };
  const paths = clusterPaths(parts);
  server.handle('/kubetick/', (request, { user, info }) => {
    if (!user.groups.includes(ADMINS)) throw forbiddenAccess(user, info, '');
    return paths(request);
  });
  server.handle(AUTHENTICATION, async (request, { user, info }) => {
    if (!user.groups.includes(ADMINS)) throw forbiddenAccess(user, info, '');
    const { answerAuthentication } = await import('./authentication-paths');
    const { judgeCertificate } = settings;
    const changed = () => {
      chain = undefined;
    };
    return answerAuthentication({ store, record, chain: authentication, changed, judgeCertificate }, request);
  });
  server.handle(
    MEMORY,
    async (request, { user, info }) => {
      const { answerMemory } = await import('./controller-memory');
      return answerMemory(store, request, user, info);
    },
    // No rule of RBAC tells of what controllers remember.
    { judges: true },
  );
  server.handle(
    EVENTS,
    async (request) => {
      const { answerEventBatch } = await import('./event-batches');
      return answerEventBatch(server.core, request, auditor !== undefined);
    },
    { judges: true },
  );
  return {
    ...withPromptReactions(server, clock, authority),
    clock,
    handle: (prefix, handler) => server.handle(prefix, handler),
  };
}

/** What everybody may see of a cluster in which everybody may do everything, once known: nobody is anonymous there. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

/** As kube-apiserver does it, which is its own client. */
function labelSecretThrough(server: Transport): LabelSecret {
  return async ({ metadata: { namespace = '', name = '', uid = '' } }, labels) => {
    const client = new Client(server, { user: 'system:apiserver', userAgent: 'kube-apiserver' });
    const secrets = { group: '', version: 'v1', resource: 'secrets' };
    await client.patch(secrets, namespace, name, 'merge', { metadata: { uid, labels } });
  };
}

async function loadIssuer(record: ClusterRecord, { signingKey }: ClusterSettings): Promise<TokenIssuer> {
  const [{ DEFAULT_ISSUER, TokenIssuer }, { passingKey, ServiceAccountKey }, { apiServerAddress }] = await Promise.all([
    import('../apiserver/authenticators/token-issuer'),
    import('../apiserver/authenticators/service-account-key'),
    import('../sim/kubelet/registration'),
  ]);
  const address = `${apiServerAddress(record.settings.serviceCIDR)}:6443`;
  return new TokenIssuer(DEFAULT_ISSUER, [DEFAULT_ISSUER], new ServiceAccountKey(signingKey ?? passingKey()), address);
}

const YEAR = 365 * 24 * 3_600_000;

async function passingAuthority(clock: Clock): Promise<KeyPair> {
  const { issueAuthority } = await import('../apiserver/certificates/issue-certificate');
  const now = clock.now();
  return issueAuthority({ from: new Date(now - YEAR), to: new Date(now + 10 * YEAR) });
}

/** Longer than `/kubetick/`, so what is below it goes here: see controller-memory.ts. */
const MEMORY = '/kubetick/memory/';
/** Likewise: see event-batches.ts. */
const EVENTS = '/kubetick/events';
/** Likewise: see authentication-paths.ts. */
const AUTHENTICATION = '/kubetick/authentication';

function serviceRangesOf({ serviceCIDR, serviceNodePortRange }: Settings): ServiceRanges {
  const [first = 30000, last = 32767] = serviceNodePortRange.split('-').map(Number);
  return { cidrs: serviceCIDR.split(','), nodePorts: [first, last] };
}

async function newAuditor(
  { policy, logPath, rotation = DEFAULT_ROTATION, format }: AuditSettings,
  open: NonNullable<ClusterSettings['openAuditLog']>,
  clock: Clock,
  random: Random,
) {
  const log = await open(logPath, rotation, () => clock.now());
  const { Auditor } = await import('../apiserver/audit/auditor');
  const lineOf = format === 'legacy' ? (await import('../apiserver/audit/legacy-line')).legacyLine : undefined;
  return new Auditor(policy, log, clock, random.fork('audit', log.state), lineOf);
}

/** Its nodes are ready from the beginning, and nobody would look after their taints. */
const FOR_A_NEW_CLUSTER: AdmissionSettings = { enable: [], disable: ['TaintNodesByCondition'], configuration: {} };

/** The group that may do everything, and alone may move time and copy the cluster. */
const ADMINS = 'system:masters';

/** What the service account controller does first of all for a new namespace, done without a tick. */
async function createDefaultAccount(transport: Transport, namespace: string): Promise<void> {
  const { default: controller, createDefaultAccount: create } = await import(
    '../sim/controllers/serviceaccount/controller'
  );
  await create(new Client(transport, { user: controller.user, userAgent: controller.fieldManager }), namespace);
}
