/** How a command reaches its cluster: the one in a folder, opened in this process when it is first needed, or a server over HTTP(S). */
import type { RestMapper } from '../client/rest-mapper';
import type { Transport } from '../client/transport';
import type { ClusterSettings } from '../cluster/cluster';
import type { Store } from '../store/store';
import type { ClusterFiles, Flags } from './command';
import { fileStorage, KubeconfigFile } from './kubeconfig/kubeconfig-file';
import type { PluginPolicy } from './kuberc/plugin-policy';
import type { Credentials } from './own-credentials';

export interface Connection {
  transport: Transport;
  /** What the server serves; asked for when it is first needed. */
  mapper(): Promise<RestMapper>;
  /** A real server: its time passes by itself. */
  live?: boolean;
}

/** What of an invocation decides where its cluster is. */
export interface Whereabouts {
  flags: Flags;
  environment: Record<string, string | undefined>;
  cwd: string;
  /** Which credential plugins may run; nothing said: all. */
  pluginPolicy?: PluginPolicy | undefined;
}

export interface Connect {
  open(where: Whereabouts): Promise<Connection>;
  files(where: Whereabouts): Promise<ClusterFiles>;
}

/** The cluster of the state folder; it is made, with three nodes, when there is none. */
export const connectToFolder: Connect = {
  async open(where) {
    const { kubeconfig, stateFolder } = await this.files(where);
    const { useCompiledSchema } = await import('../host/schema-files');
    await useCompiledSchema();
    let credentials: Credentials | undefined;
    if (mayLeadElsewhere(where, kubeconfig)) {
      const { serverAccess } = await import('./server-access');
      const access = await serverAccess(where, kubeconfig);
      if (access.server !== undefined) {
        const { createHttpsTransport } = await import('../client/https-transport');
        return { ...connectionTo(createHttpsTransport(access)), live: true };
      }
      credentials = access;
    }
    const { mayBeServed } = await import('../store/folder-layout');
    if (mayBeServed(stateFolder as string)) {
      const { transportToServer } = await import('./served-cluster');
      const server = transportToServer(
        stateFolder as string,
        () => openFolder(stateFolder as string, credentials),
        credentials,
      );
      if (server) return connectionTo(server);
    }
    return connectionTo(await openFolder(stateFolder as string, credentials));
  },
  async files(where) {
    const { cwd } = where;
    const folder = await stateFolderOf(where);
    const { join, resolve } = await import('node:path');
    const own = join(folder, 'kubeconfig');
    const names = await namedKubeconfigs(where);
    const [path = own, ...others] = names.map((name) => resolve(cwd, name));
    const behind = others.map((other) => new KubeconfigFile(other, fileStorage(other), false));
    return {
      stateFolder: folder,
      kubeconfig: new KubeconfigFile(path, fileStorage(path), path === own, behind, names[0]),
    };
  },
};

/** The files of --kubeconfig, else of KUBETICK_KUBECONFIG; never ~/.kube/config, never KUBECONFIG. */
async function namedKubeconfigs({ flags, environment }: Whereabouts): Promise<string[]> {
  const named = flags.string('kubeconfig');
  if (named) return [named];
  const several = environment['KUBETICK_KUBECONFIG'];
  if (!several) return [];
  const { delimiter } = await import('node:path');
  return several.split(delimiter).filter((path) => path !== '');
}

/** Says anything that a request may go to a server? The state's own kubeconfig as it was made does not. */
export function mayLeadElsewhere({ flags }: Whereabouts, kubeconfig: KubeconfigFile): boolean {
  return !kubeconfig.own || kubeconfig.exists() || SERVER_FLAGS.some((name) => flags.string(name) !== '');
}

const SERVER_FLAGS = ['context', 'cluster', 'user', 'server', 'token', 'client-certificate', 'username'];

/** A connection to an opened cluster, or any other Transport. */
export function connectionTo(transport: Transport): Connection {
  let mapper: Promise<RestMapper> | undefined;
  return {
    transport,
    mapper() {
      mapper ??= loadMapper(transport);
      return mapper;
    },
  };
}

/** The state folder that --state, KUBETICK_STATE and where we are lead to. */
export async function stateFolderOf({ flags, environment, cwd }: Whereabouts): Promise<string> {
  const { findStateFolder } = await import('../store/find-state-folder');
  const home = environment.HOME || environment.USERPROFILE || (await import('node:os')).homedir();
  return findStateFolder({ flag: flags.string('state'), environment, cwd, home });
}

/** Opens the cluster in a folder in this process, and makes it where there is none. */
async function openFolder(stateFolder: string, credentials?: Credentials): Promise<Transport> {
  const { driverOf, openOrCreateStore } = await import('../store/state-folder');
  const { store, created } = await openOrCreateStore(stateFolder);
  if (created) {
    const { initialiseCluster } = await import('../cluster/bootstrap');
    await initialiseCluster(store);
    await store.flush();
  }
  const cluster = await openCluster(store, stateFolder, driverOf(stateFolder));
  if (!credentials) return cluster;
  const { hasCredentials, withCredentials } = await import('./own-credentials');
  if (!hasCredentials(credentials)) return cluster;
  const { folderAuthority } = await import('../server/folder-credentials');
  return withCredentials(cluster, credentials, folderAuthority(stateFolder));
}

/** A store without a cluster is what is left of an init that was killed: the cluster is made now. */
async function openCluster(store: Store, stateFolder: string, driver: string): Promise<Transport> {
  const { createCluster, NoClusterError } = await import('../cluster/cluster');
  const inFolder: ClusterSettings = {
    driver,
    async openAuditLog(path, rotation, now) {
      const { openAuditLog } = await import('../host/audit-log');
      return openAuditLog(path, rotation, now);
    },
    async signingKey() {
      const { folderSigningKey } = await import('../server/service-account-key');
      return folderSigningKey(stateFolder)();
    },
    async authority() {
      const { ensureAuthority } = await import('../server/certificates');
      return ensureAuthority(stateFolder);
    },
    async judgeCertificate(pem) {
      const [{ certificateIn }, { folderAuthority }] = await Promise.all([
        import('../server/client-certificate'),
        import('../server/folder-credentials'),
      ]);
      return certificateIn(pem, folderAuthority(stateFolder));
    },
    async authenticators() {
      const { folderAuthenticators } = await import('../server/folder-credentials');
      return folderAuthenticators(stateFolder);
    },
  };
  try {
    return await createCluster(store, inFolder);
  } catch (error) {
    if (!(error instanceof NoClusterError)) throw error;
    const { initialiseCluster } = await import('../cluster/bootstrap');
    await initialiseCluster(store);
    return createCluster(store, inFolder);
  }
}

async function loadMapper(transport: Transport): Promise<RestMapper> {
  const { loadRestMapper } = await import('../client/discovery');
  const { Client } = await import('../client/client');
  return loadRestMapper(new Client(transport));
}
