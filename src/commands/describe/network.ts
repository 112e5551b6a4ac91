/** Services and ingresses with the endpoints behind them. */
import type { KubeObject } from '../../apimachinery/meta';
import type { Backend } from '../../printers/describe/network';
import type { Described } from '../../printers/describe/writer';
import { messageOf } from '../errors';
import { CORE, type Target } from './target';

const ENDPOINT_SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

export async function describeServiceTarget(target: Target): Promise<string> {
  const { describeService } = await import('../../printers/describe/service');
  const service = await target.get('v1');
  const endpointSlices = await slicesOf(target, target.name).catch(() => []);
  return describeService(service, { ...(await target.related(service)), endpointSlices });
}

export async function describeIngressTarget(target: Target): Promise<string> {
  const { describeIngress } = await import('../../printers/describe/network');
  const ingress = await target.get('v1');
  const backends = new Map<string, Backend>();
  for (const name of serviceNames(ingress)) backends.set(name, await backendOf(target, name));
  return describeIngress(ingress, { ...(await target.related(ingress)), backends });
}

function serviceNames({ spec = {} }: Described): Set<string> {
  const paths = (spec.rules ?? []).flatMap(({ http }: Described) => http?.paths ?? []);
  const backends = [spec.defaultBackend, ...paths.map(({ backend }: Described) => backend)];
  return new Set(backends.flatMap((backend) => backend?.service?.name ?? []));
}

async function backendOf(target: Target, name: string): Promise<Backend> {
  try {
    const endpointSlices = await slicesOf(target, name);
    return { endpointSlices, service: await target.client.get(CORE('services'), target.namespace, name) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function slicesOf(target: Target, service: string): Promise<KubeObject[]> {
  return target.list(ENDPOINT_SLICES, target.namespace, { labelSelector: `kubernetes.io/service-name=${service}` });
}
