/** Which admission plugins a cluster has, and how they are set (kubeapiserver `options/plugins.go`, apiserver `options/admission.go`). */
import type { Json } from '../../apimachinery/json';

/** All of upstream's, in the order that they are asked in (AllOrderedPlugins). */
export const ORDERED_PLUGINS = [
  'AlwaysAdmit',
  'NamespaceAutoProvision',
  'NamespaceLifecycle',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'LimitRanger',
  'ServiceAccount',
  'NodeRestriction',
  'TaintNodesByCondition',
  'AlwaysPullImages',
  'ImagePolicyWebhook',
  'PodSecurity',
  'PodNodeSelector',
  'Priority',
  'DefaultTolerationSeconds',
  'PodTolerationRestriction',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PodGroupProtection',
  'OwnerReferencesPermissionEnforcement',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'ClusterTrustBundleAttest',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'DenyServiceExternalIPs',
  'PodTopologyLabels',
  'PodGroupWorkloadExists',
  'NodeDeclaredFeatureValidator',
  'JobValidation',
  'PodResizeValidator',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'ResourceQuota',
  'AlwaysDeny',
] as const;

export type PluginName = (typeof ORDERED_PLUGINS)[number];

/**
 * Only asked where a cluster says so (DefaultOffAdmissionPlugins). NodeRestriction is not among them here: installers of
 * clusters turn it on.
 */
const OFF_BY_DEFAULT: ReadonlySet<PluginName> = new Set<PluginName>([
  'AlwaysAdmit',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'AlwaysPullImages',
  'ImagePolicyWebhook',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'OwnerReferencesPermissionEnforcement',
  'DenyServiceExternalIPs',
  'AlwaysDeny',
]);

export interface AdmissionSettings {
  readonly enable: readonly PluginName[];
  readonly disable: readonly PluginName[];
  /** What an AdmissionConfiguration says of a plugin. */
  readonly configuration: Readonly<Partial<Record<PluginName, Json>>>;
}

export const DEFAULT_ADMISSION: AdmissionSettings = { enable: [], disable: [], configuration: {} };

/** In order (enabledPluginNames). */
export function enabledPlugins({ enable, disable }: AdmissionSettings): PluginName[] {
  return ORDERED_PLUGINS.filter(
    (name) => enable.includes(name) || !(OFF_BY_DEFAULT.has(name) || disable.includes(name)),
  );
}

/** Reads `--enable-admission-plugins` and `--disable-admission-plugins`. @throws Error in the words of kube-apiserver. */
export function parsePluginNames(enable: readonly string[], disable: readonly string[]) {
  const known = (flag: string, names: readonly string[]) =>
    names.map((name) => {
      const found = ORDERED_PLUGINS.find((plugin) => plugin === name);
      if (!found) throw new Error(`${flag} plugin ${JSON.stringify(name)} is unknown`);
      return found;
    });
  const read = {
    enable: known('enable-admission-plugins', enable),
    disable: known('disable-admission-plugins', disable),
  };
  const both = [...new Set(read.enable)].filter((name) => read.disable.includes(name)).sort();
  if (both.length > 0)
    throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  return read;
}
