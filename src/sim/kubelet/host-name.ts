/** The names of a pod's machine (kubernetes `pkg/kubelet/kubelet_pods.go` GeneratePodHostNameAndDomain, `pkg/kubelet/util` GetNodenameForKernel). */
import type { KubeObject } from '../../apimachinery/meta';

/** HOST_NAME_MAX, less a byte. */
const LONGEST_LABEL = 63;
/** What the field of the kernel holds. */
const LONGEST_NAME = 64;

export interface HostName {
  /** The first part of it. */
  short: string;
  /** What is behind it in the cluster's DNS. */
  domain: string;
}

export function hostNameOf({ metadata, spec }: KubeObject): HostName {
  const { hostname, hostnameOverride, hostNetwork, nodeName, subdomain } = spec ?? {};
  if (hostnameOverride) return { short: truncated(hostnameOverride), domain: '' };
  if (!hostname && hostNetwork && nodeName) return { short: nodeName, domain: '' };
  const domain = subdomain ? `${subdomain}.${metadata.namespace}.svc.cluster.local` : '';
  return { short: truncated(hostname || metadata.name || ''), domain };
}

/** What the containers of a pod take for the name of their machine. */
export function kernelNameOf(pod: KubeObject): string {
  const { short, domain } = hostNameOf(pod);
  return domain && pod['spec']?.setHostnameAsFQDN ? `${short}.${domain}` : short;
}

/** What is wrong with that name, if anything. */
export function hostNameComplaint(pod: KubeObject): string | undefined {
  const { hostNetwork, setHostnameAsFQDN } = pod['spec'];
  if (!setHostnameAsFQDN || hostNetwork) return undefined;
  const name = kernelNameOf(pod);
  if (name.length <= LONGEST_NAME) return undefined;
  return `failed to construct FQDN from pod hostname and cluster domain, FQDN ${name} is too long (${LONGEST_NAME} characters is the max, ${name.length} characters requested)`;
}

/** truncatePodHostnameIfNeeded */
function truncated(hostname: string): string {
  return hostname.length <= LONGEST_LABEL ? hostname : hostname.slice(0, LONGEST_LABEL).replace(/[-.]+$/, '');
}
