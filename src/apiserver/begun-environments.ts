/**
 * Where kubelets keep what ConfigMaps and Secrets held of a container's environment when it was started (sim/kubelet/begun-environments.ts);
 * it goes with the pod.
 */
import type { KubeObject } from '../apimachinery/meta';
import type { Store, Write } from '../store/store';

const PATH = '/kubetick/memory/kubelet/begun-environments/';

/** A container, as far as its environment may come from elsewhere. */
export interface WithEnvironment {
  name: string;
  envFrom?: readonly unknown[];
  env?: readonly { valueFrom?: { configMapKeyRef?: unknown; secretKeyRef?: unknown } }[];
}

export function begunPath({ metadata: { uid = '' } }: KubeObject): string {
  return PATH + uid;
}

/** Is some of it what a ConfigMap or a Secret holds? */
export function takesFromObjects({ envFrom, env }: WithEnvironment): boolean {
  if (envFrom !== undefined && envFrom.length > 0) return true;
  if (env)
    for (let i = 0; i < env.length; i++) {
      const from = env[i]?.valueFrom;
      if (from && (from.configMapKeyRef ?? from.secretKeyRef)) return true;
    }
  return false;
}

/** What is to be written when a pod goes. */
export async function forgettingBegun(store: Store, pod: KubeObject): Promise<readonly Write[]> {
  const { initContainers, containers, ephemeralContainers } = pod['spec'] ?? {};
  const isKept = [initContainers, containers, ephemeralContainers].some((list?: WithEnvironment[]) =>
    list?.some(takesFromObjects),
  );
  const key = begunPath(pod);
  return isKept && (await store.get(key)) ? [{ key, value: undefined }] : NOTHING;
}

const NOTHING: readonly Write[] = Object.freeze([]);
