/**
 * A new cluster: what a control plane and its kubelets make before anybody asks for anything. It is built in memory through
 * the API server, each thing by the component that makes it in a real cluster, and written to the store as one commit.
 */

import { API_SERVICES, METRICS_SERVICE } from '../apimachinery/load';
import type { KubeObject } from '../apimachinery/meta';
import type { AdmissionSettings } from '../apiserver/admission/settings';
import { trackingConfigMap } from '../apiserver/authenticators/legacy-tokens';
import type { AuthorizationSettings } from '../apiserver/authorizers/modes';
import type { FeatureGates } from '../apiserver/feature-gates';
import { Client, type ResourcePath } from '../client/client';
import type { Transport } from '../client/transport';
import { DEFAULT_START, type Instant } from '../sim/clock';
import { CLOCK_KEY, clockRecord } from '../sim/clock-record';
import type { Settings } from '../sim/controller';
import {
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
} from '../sim/controllers/kubernetes-service/objects';
import { rootCertificateConfigMap } from '../sim/controllers/root-ca-cert-publisher/config-map';
import { makeReady, SERVICE_CIDRS } from '../sim/controllers/service-cidrs/ready';
import { defaultServiceAccount } from '../sim/controllers/serviceaccount/default-account';
import { CSI_NODES, newCSINode } from '../sim/kubelet/csi-node';
import { LEASE_NAMESPACE, LEASES, newLease } from '../sim/kubelet/node-agent/lease';
import { apiServerAddress, nodeAddresses, nodeName, registeredNode } from '../sim/kubelet/registration';
import { INGRESS_CONTROLLER } from '../sim/network/ingress/served';
import { podCIDRs, podCIDRsCount } from '../sim/pod-cidr';
import { MemoryStore } from '../store/memory';
import type { Store } from '../store/store';
import { createCluster } from './cluster';
import { type AuditSettings, CLUSTER_KEY, formatClusterRecord, newClusterRecord } from './cluster-record';

export interface ClusterOptions {
  /** How many nodes, named node-1, node-2 … Default 3. */
  nodes?: number;
  /** Quantities. Default 4 and 16Gi. */
  nodeCpu?: string;
  nodeMemory?: string;
  /** What chance begins with. Default 0. */
  seed?: number | string;
  /** When simulated time begins. Default: a fixed instant, so that runs repeat. */
  startTime?: Instant;
  settings?: Partial<Settings>;
  featureGates?: FeatureGates;
  authorization?: AuthorizationSettings;
  admission?: AdmissionSettings;
  audit?: AuditSettings;
}

const PODS_PER_NODE = 110;
const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];
/** kubeadm's choice holds 256 nodes of 254 pods each; more nodes need a larger one. */
const LARGE_CLUSTER_CIDR = '10.128.0.0/9';

const core = (resource: string): ResourcePath => ({ group: '', version: 'v1', resource });

/** Makes a cluster in an empty store. Rejects with ConflictError when there is one already. */
export async function initialiseCluster(store: Store, options: ClusterOptions = {}): Promise<void> {
  const { nodes = 3, seed = 0, startTime = DEFAULT_START } = options;
  // A cluster without nodes is one to try things on: it comes without what is installed into others.
  const cloud = nodes === 0 ? { loadBalancerRange: '' } : {};
  const record = newClusterRecord(
    seed,
    startTime,
    { ...cloud, ...options.settings },
    options.featureGates,
    options.authorization,
    options.admission,
    undefined,
    options.audit,
  );
  if (options.settings?.clusterCIDR === undefined && nodes > podCIDRsCount(record.settings))
    record.settings = { ...record.settings, clusterCIDR: LARGE_CLUSTER_CIDR };

  const draft = new MemoryStore({ history: 0 });
  await draft.commit([
    { key: CLUSTER_KEY, value: formatClusterRecord(record) },
    { key: CLOCK_KEY, value: clockRecord(startTime) },
  ]);
  const transport = await createCluster(draft, { unguarded: true });
  await createControlPlaneObjects(transport, record.settings, startTime);
  await registerNodes(transport, record.settings, startTime, options);
  if (nodes > 0) await installAddOns(transport);
  if (nodes > 0 && record.settings.loadBalancerRange !== '') await installIngress(transport);
  if (nodes > 0) await installVerticalAutoscaling(transport);
  const { entries } = await draft.range('/');
  await store.commit(entries.map(({ key, value }) => ({ key, value, expect: 0 })));
  await transport.close();
}

/** What kube-apiserver and kube-controller-manager make when they start. */
async function createControlPlaneObjects(transport: Transport, settings: Settings, now: Instant): Promise<void> {
  const apiServer = new Client(transport, { user: 'system:apiserver', userAgent: 'kube-apiserver' });
  const namespaces = ['default', ...SYSTEM_NAMESPACES];
  for (const name of namespaces)
    await apiServer.create(core('namespaces'), '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const priorityClass of SYSTEM_PRIORITY_CLASSES)
    await apiServer.create(
      { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' },
      '',
      priorityClass,
    );
  await createServiceCIDR(transport, apiServer, settings, now);
  await apiServer.create(core('services'), 'default', kubernetesService(settings.serviceCIDR));
  const address = apiServerAddress(settings.serviceCIDR);
  await apiServer.create(core('endpoints'), 'default', kubernetesEndpoints(address));
  await apiServer.create(
    { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
    'default',
    kubernetesEndpointSlice(address),
  );

  const manager = (user: string) =>
    new Client(transport, { user: `system:serviceaccount:kube-system:${user}`, userAgent: 'kube-controller-manager' });
  const accounts = manager('service-account-controller');
  const publisher = manager('root-ca-cert-publisher');
  for (const namespace of namespaces) {
    await accounts.create(core('serviceaccounts'), namespace, defaultServiceAccount(namespace));
    await publisher.create(
      core('configmaps'),
      namespace,
      rootCertificateConfigMap(namespace, settings.rootCertificate),
    );
  }
  await apiServer.create(core('configmaps'), 'kube-system', trackingConfigMap(now));
}

async function registerNodes(
  transport: Transport,
  settings: Settings,
  now: Instant,
  { nodes = 3, nodeCpu = '4', nodeMemory = '16Gi' }: ClusterOptions,
): Promise<void> {
  const size = { cpu: nodeCpu, memory: nodeMemory, pods: PODS_PER_NODE };
  for (let number = 1; number <= nodes; number++) {
    const name = nodeName(number);
    const kubelet = new Client(transport, { user: `system:node:${name}`, userAgent: 'kubelet' });
    const addresses = nodeAddresses(number, settings.clusterCIDR);
    const blocks = podCIDRs(settings, number - 1);
    const node = await kubelet.create(core('nodes'), '', registeredNode(name, addresses, blocks, size, now));
    await kubelet.create(LEASES, LEASE_NAMESPACE, newLease(node, now));
    await kubelet.create(CSI_NODES, '', newCSINode(node, [HOSTPATH_DRIVER]));
  }
}

/** What ready-made clusters have: somewhere to keep data (a driver, and the class of claims that name none), and metrics. */
async function installAddOns(transport: Transport): Promise<void> {
  const installer = new Client(transport, { user: 'kubernetes-admin', userAgent: 'kubetick' });
  const storage = (resource: string): ResourcePath => ({ group: 'storage.k8s.io', version: 'v1', resource });
  await installer.create(storage('csidrivers'), '', HOSTPATH_DRIVER);
  await installer.create(storage('storageclasses'), '', STANDARD_CLASS);
  await installer.create(API_SERVICES, '', METRICS_SERVICE);
}

/** The class of ingresses that name none, served by the simulated controller. */
async function installIngress(transport: Transport): Promise<void> {
  const installer = new Client(transport, { user: 'kubernetes-admin', userAgent: 'kubetick' });
  await installer.create({ group: 'networking.k8s.io', version: 'v1', resource: 'ingressclasses' }, '', INGRESS_CLASS);
}

/** The kinds of the vertical autoscaler; what works with them is there whether they are or not. */
async function installVerticalAutoscaling(transport: Transport): Promise<void> {
  const installer = new Client(transport, { user: 'kubernetes-admin', userAgent: 'kubetick' });
  const { verticalAutoscalingDefinitions } = await import('./vertical-autoscaling');
  const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
  for (const definition of verticalAutoscalingDefinitions) await installer.create(definitions, '', definition);
}

const INGRESS_CLASS: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'kubetick', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
  spec: { controller: INGRESS_CONTROLLER },
};

const HOSTPATH_DRIVER: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: 'hostpath.kubetick.dev' },
  spec: { attachRequired: true },
};

const STANDARD_CLASS: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'hostpath.kubetick.dev',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** kubernetes `pkg/apis/scheduling/v1/helpers.go` SystemPriorityClasses. */
const SYSTEM_PRIORITY_CLASSES: readonly KubeObject[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2000001000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2000000000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** kubernetes `pkg/controlplane/controller/defaultservicecidr`, and what the service-cidr-controller makes of it. */
async function createServiceCIDR(transport: Transport, apiServer: Client, settings: Settings, now: Instant) {
  const created = await apiServer.create(SERVICE_CIDRS, '', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: settings.serviceCIDR.split(',') },
  });
  const user = 'system:serviceaccount:kube-system:service-cidrs-controller';
  await makeReady(new Client(transport, { user, userAgent: 'kube-controller-manager' }), created, now);
}
