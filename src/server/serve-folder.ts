/** Serves the cluster of a folder: claims it, opens it, listens, has time pass, and tells other processes where it is. */
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Transport } from '../client/transport';
import { reconcileBootstrapPolicy } from '../cluster/bootstrap-policy';
import { createCluster } from '../cluster/cluster';
import type { AuditSettings } from '../cluster/cluster-record';
import { adoptAuthority } from '../cluster/root-authority';
import { openAuditLog } from '../host/audit-log';
import { useCompiledSchema } from '../host/schema-files';
import { wallClockNow } from '../host/wall-clock';
import type { Lock } from '../store/lock';
import { claimToServe, driverOf, openOrCreateStore, openStore } from '../store/state-folder';
import type { Store } from '../store/store';
import { admissionWebhookClient } from './admission-webhook-client';
import { adminTokenAuthenticator } from './authenticators';
import { type Credentials, ensureAuthority, ensureCredentials } from './certificates';
import { certificateIn } from './client-certificate';
import { askIssuer } from './issuer-client';
import { Listener, type TimeLimits } from './listener';
import { metricsPath } from './metrics-path';
import { RunningClock, type Speed, tickThrough } from './running-clock';
import { ServerMetrics } from './server-metrics';
import { folderSigningKey } from './service-account-key';
import { removeServingRecord, writeServingRecord } from './serving-record';
import { webhookClient } from './webhook-client';

export interface ServeOptions {
  stateFolder: string;
  /** A name or an address of this machine. */
  bind: string;
  /** 0 for any that is free. */
  port: number;
  /** Where the cluster's DNS is answered too; undefined: nowhere, 0: any that is free. */
  dnsPort?: number | undefined;
  speed: Speed;
  /** Real milliseconds between two looks of the clock. */
  every: number;
  /** The audit log of this run, in place of the cluster's own. */
  audit?: AuditSettings;
  /** Of connections; default: kube-apiserver's. */
  limits?: TimeLimits;
  /** Hears of runs of the clock that failed. */
  onFailure(error: unknown): void;
}

export interface ServedFolder {
  /** `https://127.0.0.1:6443` */
  endpoint: string;
  /** `127.0.0.1:5353`, where its DNS is answered. */
  dns: string | undefined;
  credentials: Credentials;
  /** Ends watches, finishes requests and writes, and lets go of the folder. */
  close(): Promise<void>;
}

/** Real milliseconds for which time may pass before others have their turn. */
const TURN = 20;

/** Rejects with StoreServedError where another process serves it, and with what the system says where it can't listen. */
export async function serveFolder(options: ServeOptions): Promise<ServedFolder> {
  const { stateFolder } = options;
  await useCompiledSchema();
  await ensureCluster(stateFolder);
  const claim = await claimToServe(stateFolder);
  try {
    const store = (await openStore(stateFolder)) as Store;
    try {
      return await serveStore(store, claim, options);
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** A cluster is made where there is none, as the first command would make it. */
async function ensureCluster(stateFolder: string): Promise<void> {
  const { store, created } = await openOrCreateStore(stateFolder);
  try {
    if (!created && (await store.revision()) > 0) return;
    const { initialiseCluster } = await import('../cluster/bootstrap');
    await initialiseCluster(store);
  } finally {
    await store.close();
  }
}

async function serveStore(store: Store, claim: Lock, options: ServeOptions): Promise<ServedFolder> {
  const { stateFolder, bind, port, dnsPort, speed, every, onFailure } = options;
  const credentials = await ensureCredentials(stateFolder, namesOf(bind));
  await adoptAuthority(store, credentials.authority);
  const state = { closing: false };
  const cluster = await createCluster(store, {
    driver: driverOf(stateFolder),
    authenticators: async () => [adminTokenAuthenticator(credentials.adminToken)],
    signingKey: folderSigningKey(stateFolder),
    authority: () => ensureAuthority(stateFolder),
    askWebhook: webhookClient(),
    askAdmissionWebhook: admissionWebhookClient(),
    askIssuer,
    judgeCertificate: async (pem) => certificateIn(pem, credentials.authority),
    openAuditLog: (path, rotation, now) => openAuditLog(path, rotation, now, true),
    ...(options.audit ? { audit: options.audit } : {}),
    breathe: breathing(),
    isClosing: () => state.closing,
  });
  await reconcileBootstrapPolicy(store, cluster);
  const metrics = new ServerMetrics();
  const { transport, tick } = tickThrough(cluster, metrics);
  cluster.handle('/metrics', metricsPath(metrics, cluster));

  const listener = await Listener.open({
    host: bind,
    port,
    certificate: credentials.server.certificate,
    key: credentials.server.key,
    authority: credentials.authority,
    transport,
    metrics,
    speed: speed === 'max' ? 0 : speed,
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const endpoint = `https://${hostIn(bind)}:${listener.port}`;
  const dns = dnsPort === undefined ? undefined : await openDNS(bind, dnsPort, cluster, listener);
  let seen = 0;
  const clock =
    speed === 0
      ? undefined
      : new RunningClock({
          speed,
          every,
          tick,
          async changed() {
            const before = seen;
            seen = await store.revision();
            return seen !== before;
          },
          onFailure,
        });
  writeServingRecord(stateFolder, {
    pid: process.pid,
    endpoint,
    authority: credentials.authority,
    token: credentials.adminToken,
    speed: String(speed),
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    state.closing = true;
    try {
      await Promise.all([clock?.stop(), listener.close(), dns?.close()]);
      removeServingRecord(stateFolder);
      await cluster.close();
    } finally {
      removeServingRecord(stateFolder);
      claim.release();
    }
  };
  return {
    endpoint,
    dns: dns && `${hostIn(bind)}:${dns.port}`,
    credentials,
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** Where it can't listen, the listener of the API is closed too. */
async function openDNS(host: string, port: number, transport: Transport, listener: Listener) {
  const [{ DNSListener }, { askCluster }] = await Promise.all([
    import('./dns/dns-listener'),
    import('./dns/ask-cluster'),
  ]);
  try {
    return await DNSListener.open({ host, port, answer: askCluster(transport) });
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Time that passes in one go would hold up everybody else: after a while it lets them have their turn. */
function breathing(): () => Promise<void> | undefined {
  let since = wallClockNow();
  return () => {
    if (wallClockNow() - since < TURN) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        since = wallClockNow();
        resolve();
      }),
    );
  };
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/** The names and addresses by which clients may reach what listens there. */
function namesOf(bind: string): string[] {
  if (!ANY_ADDRESS.has(bind)) return [bind];
  const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  return [hostname(), ...addresses.filter((address) => isIP(address) !== 0 && !address.startsWith('fe80'))];
}

/** As it stands in a URL. */
function hostIn(bind: string): string {
  if (ANY_ADDRESS.has(bind)) return '127.0.0.1';
  return isIP(bind) === 6 ? `[${bind}]` : bind;
}
