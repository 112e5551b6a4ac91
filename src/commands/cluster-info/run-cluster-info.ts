/** Runs `cluster-info` (ClusterInfoOptions). */
import type { KubeList, KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import type { Invocation } from '../command';
import { OWN_SERVER } from '../kubeconfig/kubeconfig';

export async function showClusterInfo(invocation: Invocation): Promise<void> {
  const { flags, streams, program } = invocation;
  const host = await serverAddress(invocation);
  try {
    const result = await findResources(invocation, {
      args: ['services'],
      namespace: flags.string('namespace') || 'kube-system',
      selector: 'kubernetes.io/cluster-service=true',
    });
    await result.visit(({ object }) => {
      streams.out(`Kubernetes control plane is running at ${host}\n`);
      for (const service of (object as unknown as KubeList).items) {
        const name = service.metadata.labels?.['kubernetes.io/name'] || service.metadata.name;
        streams.out(`${name} is running at ${serviceAddress(service, host)}\n`);
      }
    });
  } finally {
    streams.out(`\nTo further debug and diagnose cluster problems, use '${program} cluster-info dump'.\n`);
  }
}

/** What --server, or else the kubeconfig says; the cluster in a folder has the address of its own kubeconfig. */
async function serverAddress(invocation: Invocation): Promise<string> {
  const { flags } = invocation;
  const given = flags.string('server');
  if (given) return given;
  const { kubeconfig } = await invocation.files();
  const cluster = flags.string('cluster') || (await kubeconfig.context(flags))?.context?.cluster;
  const { clusters } = await kubeconfig.load();
  const server = clusters.find(({ name }) => name === cluster)?.cluster?.['server'];
  return typeof server === 'string' && server !== '' ? server : OWN_SERVER;
}

/** Where a load balancer takes it, each port; else by way of the API server. */
function serviceAddress({ metadata, spec, status }: KubeObject, host: string): string {
  const ports: { port: number; name?: string }[] = spec?.ports ?? [];
  const [ingress] = (status?.loadBalancer?.ingress ?? []) as { ip?: string; hostname?: string }[];
  if (ingress) return ports.map(({ port }) => `http://${ingress.ip || ingress.hostname || ''}:${port} `).join('');
  const [first] = ports;
  const name = first ? proxyName(metadata.name ?? '', first) : metadata.name;
  return `${host}/api/v1/namespaces/${metadata.namespace}/services/${name}/proxy`;
}

/** `https:dashboard:https` (utilnet.JoinSchemeNamePort). */
function proxyName(name: string, { port, name: portName = '' }: { port: number; name?: string }): string {
  if (portName === 'https' || port === 443) return `https:${name}:${portName}`;
  return portName ? `${name}:${portName}` : name;
}
