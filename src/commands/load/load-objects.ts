/** The Loads of a cluster: which is for which object, and how they are read and written. */
import { CLUSTER_LOADS, EXTERNAL, LOADS, loadName, type TargetReference } from '../../apimachinery/load';
import { formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { findResources } from '../builder/builder';
import { CommandError, type Invocation } from '../command';

export interface Place {
  namespace: string;
  name: string;
  /** Absent for external metrics, which are nobody's. */
  target?: TargetReference;
  /** What it is called to people: `deployment.apps/web`. */
  label: string;
}

/** Where the load of the object is that the arguments name; without arguments, where external metrics are. */
export async function placeOf(invocation: Invocation): Promise<Place> {
  const { args } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  if (args.length === 0) return { namespace, name: EXTERNAL, label: 'external metrics' };
  const search = { args, namespace, allowEmptySelector: explicit, latest: true, flatten: true };
  const places: Place[] = [];
  await (await findResources(invocation, search)).visit(async (info) => {
    const { mapping } = info.reachable();
    const { group, version, kind, plural, namespaced } = mapping;
    const target = { apiVersion: formatGroupVersion({ group, version }), kind, name: info.name };
    places.push({
      namespace: namespaced ? info.namespace : CLUSTER_LOADS,
      name: loadName(target),
      target,
      label: `${kind.toLowerCase()}${group ? `.${group}` : ''}/${info.name}`,
    });
    if (plural === 'loads') throw new CommandError('a Load has no load of its own');
  });
  const [place] = places;
  if (!place || places.length > 1) throw new CommandError('one object must be named');
  return place;
}

/** Undefined where nothing is declared, or the cluster does not know the kind. */
export async function findLoad(invocation: Invocation, { namespace, name }: Place): Promise<KubeObject | undefined> {
  const client = await invocation.client();
  try {
    return await client.get(LOADS, namespace, name);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
