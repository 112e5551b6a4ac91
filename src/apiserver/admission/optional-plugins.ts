/** The plugins that are off unless a cluster turns them on. */
import { alwaysPullImages } from './always-pull-images';
import { denyServiceExternalIPs } from './deny-service-external-ips';
import { eventRateLimit } from './event-rate-limit';
import { extendedResourceToleration } from './extended-resource-toleration';
import { admissionForbidden } from './forbidden';
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology';
import { namespaceAutoProvision, namespaceExists } from './namespace-auto-provision';
import { ownerReferencesPermissionEnforcement } from './owner-references-permission-enforcement';
import type { AdmissionPlugin } from './plugin';
import { podNodeSelector } from './pod-node-selector';
import { podTolerationRestriction } from './pod-toleration-restriction';
import type { AdmissionSettings, PluginName } from './settings';

/** Of no use, and kept upstream for old command lines (`plugin/pkg/admission/admit`). */
const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit', handles: () => false };

/** For tests of clients (`plugin/pkg/admission/deny`). */
const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  handles: () => true,
  validate(attributes) {
    throw admissionForbidden(attributes, 'admission control is denying all modifications');
  },
};

export const OPTIONAL: Readonly<Partial<Record<PluginName, (settings: AdmissionSettings) => AdmissionPlugin>>> = {
  AlwaysAdmit: () => alwaysAdmit,
  NamespaceAutoProvision: () => namespaceAutoProvision,
  NamespaceExists: () => namespaceExists,
  LimitPodHardAntiAffinityTopology: () => limitPodHardAntiAffinityTopology,
  AlwaysPullImages: () => alwaysPullImages,
  PodNodeSelector: ({ configuration }) => podNodeSelector(configuration.PodNodeSelector),
  PodTolerationRestriction: ({ configuration }) => podTolerationRestriction(configuration.PodTolerationRestriction),
  EventRateLimit: ({ configuration }) => eventRateLimit(configuration.EventRateLimit),
  ExtendedResourceToleration: () => extendedResourceToleration,
  OwnerReferencesPermissionEnforcement: () => ownerReferencesPermissionEnforcement,
  DenyServiceExternalIPs: () => denyServiceExternalIPs,
  AlwaysDeny: () => alwaysDeny,
};
