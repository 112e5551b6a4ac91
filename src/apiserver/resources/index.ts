/**
 * Where the declaration of each kind is. To add a kind: write `<group>/<kind>.ts` with a ResourceDefinition as its default
 * export, and add its line here. A kind without a line gets what its schema alone says.
 */
import type { ResourceDefinition, ResourceView } from '../resource';

type Load = () => Promise<{ default: ResourceDefinition }>;

/** By `<resource>.<group>`, the core group without its dot. Loaded when a request first needs one. */
const modules: Readonly<Record<string, Load>> = {
  componentstatuses: () => import('./core/component-status'),
  configmaps: () => import('./core/config-map'),
  endpoints: () => import('./core/endpoints'),
  events: () => import('./core/event'),
  limitranges: () => import('./core/limit-range'),
  namespaces: () => import('./core/namespace'),
  nodes: () => import('./core/node'),
  persistentvolumeclaims: () => import('./core/persistent-volume-claim'),
  persistentvolumes: () => import('./core/persistent-volume'),
  pods: () => import('./core/pod'),
  podtemplates: () => import('./core/pod-template'),
  replicationcontrollers: () => import('./core/replication-controller'),
  resourcequotas: () => import('./core/resource-quota'),
  secrets: () => import('./core/secret'),
  serviceaccounts: () => import('./core/service-account'),
  services: () => import('./core/service'),
  'mutatingadmissionpolicies.admissionregistration.k8s.io': () =>
    import('./admissionregistration/mutating-admission-policy'),
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': () =>
    import('./admissionregistration/mutating-admission-policy-binding'),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': () =>
    import('./admissionregistration/mutating-webhook-configuration'),
  'validatingadmissionpolicies.admissionregistration.k8s.io': () =>
    import('./admissionregistration/validating-admission-policy'),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': () =>
    import('./admissionregistration/validating-admission-policy-binding'),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': () =>
    import('./admissionregistration/validating-webhook-configuration'),
  'customresourcedefinitions.apiextensions.k8s.io': () => import('./apiextensions/custom-resource-definition'),
  'apiservices.apiregistration.k8s.io': () => import('./apiregistration/api-service'),
  'controllerrevisions.apps': () => import('./apps/controller-revision'),
  'daemonsets.apps': () => import('./apps/daemon-set'),
  'deployments.apps': () => import('./apps/deployment'),
  'replicasets.apps': () => import('./apps/replica-set'),
  'statefulsets.apps': () => import('./apps/stateful-set'),
  'horizontalpodautoscalers.autoscaling': () => import('./autoscaling/horizontal-pod-autoscaler'),
  'cronjobs.batch': () => import('./batch/cron-job'),
  'jobs.batch': () => import('./batch/job'),
  'certificatesigningrequests.certificates.k8s.io': () => import('./certificates/certificate-signing-request'),
  'leases.coordination.k8s.io': () => import('./coordination/lease'),
  'endpointslices.discovery.k8s.io': () => import('./discovery/endpoint-slice'),
  'events.events.k8s.io': () => import('./events/event'),
  'flowschemas.flowcontrol.apiserver.k8s.io': () => import('./flowcontrol/flow-schema'),
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': () =>
    import('./flowcontrol/priority-level-configuration'),
  'ingressclasses.networking.k8s.io': () => import('./networking/ingress-class'),
  'ingresses.networking.k8s.io': () => import('./networking/ingress'),
  'ipaddresses.networking.k8s.io': () => import('./networking/ip-address'),
  'networkpolicies.networking.k8s.io': () => import('./networking/network-policy'),
  'servicecidrs.networking.k8s.io': () => import('./networking/service-cidr'),
  'runtimeclasses.node.k8s.io': () => import('./node/runtime-class'),
  'poddisruptionbudgets.policy': () => import('./policy/pod-disruption-budget'),
  'clusterrolebindings.rbac.authorization.k8s.io': () => import('./rbac/cluster-role-binding'),
  'clusterroles.rbac.authorization.k8s.io': () => import('./rbac/cluster-role'),
  'rolebindings.rbac.authorization.k8s.io': () => import('./rbac/role-binding'),
  'roles.rbac.authorization.k8s.io': () => import('./rbac/role'),
  'deviceclasses.resource.k8s.io': () => import('./resource/device-class'),
  'resourceclaims.resource.k8s.io': () => import('./resource/resource-claim'),
  'resourceclaimtemplates.resource.k8s.io': () => import('./resource/resource-claim-template'),
  'resourceslices.resource.k8s.io': () => import('./resource/resource-slice'),
  'priorityclasses.scheduling.k8s.io': () => import('./scheduling/priority-class'),
  'csidrivers.storage.k8s.io': () => import('./storage/csi-driver'),
  'csinodes.storage.k8s.io': () => import('./storage/csi-node'),
  'csistoragecapacities.storage.k8s.io': () => import('./storage/csi-storage-capacity'),
  'storageclasses.storage.k8s.io': () => import('./storage/storage-class'),
  'volumeattachments.storage.k8s.io': () => import('./storage/volume-attachment'),
  'volumeattributesclasses.storage.k8s.io': () => import('./storage/volume-attributes-class'),
};

/** Of kinds that people look at all the time, and whose rules are many: what a look needs. */
const views: Readonly<Record<string, () => Promise<{ default: ResourceView }>>> = {
  pods: () => import('./core/pod-view'),
};

/** What reads need of the declaration of a resource; undefined where that is not apart. */
export async function resourceView(group: string, resource: string): Promise<ResourceView | undefined> {
  const name = group === '' ? resource : `${resource}.${group}`;
  const load = Object.hasOwn(views, name) ? views[name] : undefined;
  return load && (await load()).default;
}

/** The declaration of a resource (`apps`, `deployments`), loaded once. */
export async function resourceDefinition(group: string, resource: string): Promise<ResourceDefinition> {
  const name = group === '' ? resource : `${resource}.${group}`;
  const load = Object.hasOwn(modules, name) ? modules[name] : undefined;
  return load ? (await load()).default : { group, resource };
}
