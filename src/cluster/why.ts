/**
 * Why things are as they are: `GET /kubetick/why/<resource>/<namespace>/<name>`, without the namespace for what has none. Each
 * resource that can be asked about is one line here, and what knows the answer is loaded when it is asked.
 */
import type { Json } from '../apimachinery/json';
import { NODE_GROUP_RESOURCE } from '../apimachinery/node-groups';
import { apiError } from '../apimachinery/status';
import { Client } from '../client/client';
import type { ApiRequest } from '../client/transport';
import { ObjectCache } from '../sim/cache';
import type { ClusterParts } from './paths';

export interface WhyQuestion {
  /** All objects, as they are now. */
  cache: ObjectCache;
  parts: ClusterParts;
  namespace: string;
  name: string;
  query: Readonly<Record<string, string | undefined>>;
}

type Answer = (question: WhyQuestion) => Promise<Json>;

/** By resource: `pods`, `deployments.apps`. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  pods: async ({ cache, parts, namespace, name, query }) =>
    (await import('../sim/scheduler/why/why')).whyPod(cache, parts.record.settings, namespace, name, query['on']),
  nodes: async ({ cache, parts, name }) =>
    (await import('../sim/scheduler/why/why')).whyNode(cache, parts.record.settings, parts.clock.now(), name),
  [NODE_GROUP_RESOURCE]: async ({ cache, parts, name }) =>
    (await import('../sim/cluster-autoscaler/why')).whyNodeGroup(cache, parts.record.settings, parts.clock.now(), name),
  persistentvolumeclaims: async ({ cache, namespace, name }) =>
    (await import('../sim/controllers/persistentvolume-binder/why-claim')).whyClaim(cache, namespace, name),
  async 'horizontalpodautoscalers.autoscaling'({ cache, parts, namespace, name }) {
    const { whyAutoscaler } = await import('../sim/controllers/horizontalpodautoscaler/explain');
    const { memoryPath } = await import('../sim/controllers/horizontalpodautoscaler/memory');
    const { settings, featureGates } = parts.record;
    const surroundings = {
      cache,
      client: new Client(parts.server, { user: 'system:apiserver', userAgent: 'kube-apiserver' }),
      now: parts.clock.now(),
      settings: { ...settings, featureGates },
    };
    const memory = await parts.store.get(memoryPath(`${namespace}/${name}`));
    return whyAutoscaler(surroundings, namespace, name, memory?.value);
  },
  async 'verticalpodautoscalers.autoscaling.k8s.io'({ cache, parts, namespace, name }) {
    const { whyVpa } = await import('../sim/controllers/vpa-recommender/explain');
    const { memoryPath } = await import('../sim/controllers/vpa-recommender/memory');
    const client = new Client(parts.server, { user: 'system:apiserver', userAgent: 'kube-apiserver' });
    const memory = await parts.store.get(memoryPath(`${namespace}/${name}`));
    return whyVpa({ cache, client, now: parts.clock.now() }, namespace, name, memory?.value);
  },
};

export const WHY = '/kubetick/why/';

export async function answerWhy(parts: ClusterParts, request: ApiRequest): Promise<Json> {
  const [resource = '', ...rest] = request.path.slice(WHY.length).split('/').map(decodeURIComponent);
  const answer = Object.hasOwn(ANSWERS, resource) ? ANSWERS[resource] : undefined;
  if (!answer || rest.length < 1 || rest.length > 2)
    throw apiError(404, 'NotFound', 'the server could not find the requested resource');
  const cache = new ObjectCache(parts.store);
  await cache.refresh();
  const [namespace, name] = rest.length === 1 ? ['', rest[0] as string] : (rest as [string, string]);
  return answer({ cache, parts, namespace, name, query: request.query ?? {} });
}
