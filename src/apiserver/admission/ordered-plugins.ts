/** The plugins of a cluster, in upstream's order; what is off by default is loaded where it is turned on. */
import { certificateApproval, certificateSigning } from './certificate-signers';
import { certificateSubjectRestriction } from './certificate-subject-restriction';
import { defaultIngressClass } from './default-ingress-class';
import { defaultStorageClass } from './default-storage-class';
import { defaultTolerationSeconds } from './default-toleration-seconds';
import { limitRanger } from './limit-ranger';
import { namespaceLifecycle } from './namespace-lifecycle';
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator';
import { nodeRestriction } from './node-restriction';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize';
import type { AdmissionPlugin } from './plugin';
import { podResizeValidator } from './pod-resize-validator';
import { readPodSecurityConfiguration } from './pod-security/configuration';
import { podSecurity } from './pod-security/pod-security';
import { podTopologyLabels } from './pod-topology-labels';
import { mutatingAdmissionPolicy } from './policies/mutating-admission-policy';
import { validatingAdmissionPolicy } from './policies/validating-admission-policy';
import { priority } from './priority';
import { resourceQuota } from './resource-quota';
import { runtimeClass } from './runtime-class';
import { serviceAccount } from './service-account';
import { type AdmissionSettings, DEFAULT_ADMISSION, enabledPlugins, type PluginName } from './settings';
import { storageObjectInUseProtection } from './storage-object-in-use-protection';
import { taintNodesByCondition } from './taint-nodes-by-condition';
import { verticalPodAutoscaler } from './vertical-pod-autoscaler';
import { mutatingAdmissionWebhook, validatingAdmissionWebhook } from './webhooks/webhook-plugins';

type Make = (settings: AdmissionSettings) => AdmissionPlugin | readonly AdmissionPlugin[];

/** On by default. Those of upstream's that are missing guard what this server has not got. */
const ALWAYS_THERE: Readonly<Partial<Record<PluginName, Make>>> = {
  NamespaceLifecycle: () => namespaceLifecycle,
  LimitRanger: () => limitRanger,
  ServiceAccount: () => serviceAccount,
  NodeRestriction: () => nodeRestriction,
  TaintNodesByCondition: () => taintNodesByCondition,
  PodSecurity: ({ configuration }) => podSecurity(readPodSecurityConfiguration(configuration.PodSecurity)),
  Priority: () => priority,
  DefaultTolerationSeconds: () => defaultTolerationSeconds,
  DefaultStorageClass: () => defaultStorageClass,
  StorageObjectInUseProtection: () => storageObjectInUseProtection,
  PersistentVolumeClaimResize: () => persistentVolumeClaimResize,
  RuntimeClass: () => runtimeClass,
  CertificateApproval: () => certificateApproval,
  CertificateSigning: () => certificateSigning,
  CertificateSubjectRestriction: () => certificateSubjectRestriction,
  DefaultIngressClass: () => defaultIngressClass,
  PodTopologyLabels: () => podTopologyLabels,
  NodeDeclaredFeatureValidator: () => nodeDeclaredFeatureValidator,
  PodResizeValidator: () => podResizeValidator,
  MutatingAdmissionPolicy: () => mutatingAdmissionPolicy,
  // The one that comes with the cluster, and those that users register.
  MutatingAdmissionWebhook: () => [verticalPodAutoscaler, mutatingAdmissionWebhook],
  ValidatingAdmissionPolicy: () => validatingAdmissionPolicy,
  ValidatingAdmissionWebhook: () => validatingAdmissionWebhook,
  ResourceQuota: () => resourceQuota,
};

export async function pluginsOf(settings: AdmissionSettings): Promise<AdmissionPlugin[]> {
  const names = enabledPlugins(settings);
  const optional = settings.enable.length > 0 ? (await import('./optional-plugins')).OPTIONAL : undefined;
  return names.flatMap((name) => (ALWAYS_THERE[name] ?? optional?.[name])?.(settings) ?? []);
}

/** @throws Error for a plugin that there is not, and for a configuration that can't be read. */
export async function checkPlugins(settings: AdmissionSettings): Promise<void> {
  const { OPTIONAL } = await import('./optional-plugins');
  const byDefault = enabledPlugins(DEFAULT_ADMISSION);
  const missing = settings.enable.find((name) => !OPTIONAL[name] && !byDefault.includes(name));
  if (missing)
    throw new Error(`enable-admission-plugins plugin ${JSON.stringify(missing)} is not among those of kubetick`);
  await pluginsOf(settings);
}

/** The plugins that are on unless a server is told otherwise. */
export const DEFAULT_PLUGINS: readonly AdmissionPlugin[] = enabledPlugins(DEFAULT_ADMISSION).flatMap(
  (name) => ALWAYS_THERE[name]?.(DEFAULT_ADMISSION) ?? [],
);
