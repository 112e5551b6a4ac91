/** What the kubelet writes into /etc of every container (kubernetes `pkg/kubelet/kubelet_pods.go` managedHostsFileContent). */
import type { KubeObject } from '../../../apimachinery/meta';
import { hostNameOf, kernelNameOf } from '../host-name';
import type { MountedFiles } from './mounted-files';
import type { PodNetwork, Value } from './program';

const LOCALHOST = [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** The files with these beside them. On the network of its node a pod has those of the node, which nobody knows. */
export function withManagedFiles(pod: KubeObject, files: MountedFiles): MountedFiles {
  const managed = new Map<string, string>([['/etc/hostname', `${kernelNameOf(pod)}\n`]]);
  if (!pod['spec']?.hostNetwork) managed.set('/etc/hosts', hostsFile(pod));
  const asValue = (text: string | undefined): Value | undefined =>
    text === undefined ? undefined : { text, foreign: false };
  return { ...files, read: (path) => files.read(path) ?? asValue(managed.get(path)) };
}

function hostsFile(pod: KubeObject): string {
  const { spec, status } = pod;
  const { short, domain } = hostNameOf(pod);
  const ips: string[] = (status?.podIPs ?? []).map(({ ip }: { ip: string }) => ip);
  const own = ips.map((ip) => `${ip}\t${domain ? `${short}.${domain}\t` : ''}${short}`);
  const aliases: { ip: string; hostnames?: string[] }[] = spec?.hostAliases ?? [];
  const added = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  const more = added.length > 0 ? ['', '# Entries added by HostAliases.', ...added] : [];
  return `${[...LOCALHOST, ...own, ...more].join('\n')}\n`;
}

/** /etc/resolv.conf, as containerd writes it. */
export function resolverFile({ resolver }: PodNetwork): string {
  const { searches, nameservers, options } = resolver;
  return [
    searches.length > 0 ? `search ${searches.join(' ')}\n` : '',
    ...nameservers.map((server) => `nameserver ${server}\n`),
    options.length > 0 ? `options ${options.join(' ')}\n` : '',
  ].join('');
}
