/** What a kubeconfig says (client-go tools/clientcmd/api/v1): clusters, users, and contexts that join them. */

export interface NamedCluster {
  name: string;
  cluster: { server?: string; [field: string]: unknown };
}
export interface NamedUser {
  name: string;
  user: { [field: string]: unknown };
}
export interface NamedContext {
  name: string;
  context: { cluster: string; user: string; namespace?: string; [field: string]: unknown };
}

export interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  preferences?: Record<string, unknown>;
  clusters: NamedCluster[];
  contexts: NamedContext[];
  users: NamedUser[];
  'current-context': string;
  [field: string]: unknown;
}

/** The address by which the cluster in the folder goes in its own kubeconfig. */
export const OWN_SERVER = 'https://127.0.0.1:6443';

/** The kubeconfig of a cluster in a folder until someone changes it. */
export function defaultKubeconfig(): Kubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [{ name: 'kubetick', cluster: { server: OWN_SERVER } }],
    contexts: [{ name: 'kubetick', context: { cluster: 'kubetick', user: 'kubetick' } }],
    users: [{ name: 'kubetick', user: {} }],
    'current-context': 'kubetick',
  };
}

/** A file without anything in it. */
export function emptyKubeconfig(): Kubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [],
    contexts: [],
    users: [],
    'current-context': '',
  };
}
