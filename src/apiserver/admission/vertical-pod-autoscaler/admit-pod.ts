/** A new pod gets what its autoscaler recommends (autoscaler `pkg/admission-controller/resource/pod`). */
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { writtenTotals } from '../../../apimachinery/resource-lists';
import {
  OBSERVED_CONTAINERS,
  UPDATES,
  updateModeOf,
  type VerticalPodAutoscaler,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import { containersOf } from '../../../apimachinery/vertical-scaling/container-resources';
import {
  type Controller,
  type ControllerLookup,
  ControllingVpa,
} from '../../../apimachinery/vertical-scaling/controllers';
import { isWatched } from '../../../apimachinery/vertical-scaling/flags';
import { limitRangesOf } from '../../../apimachinery/vertical-scaling/limit-range';
import { type NewResources, newResourcesOf } from '../../../apimachinery/vertical-scaling/new-resources';
import { DEFINITIONS, specOf } from '../../custom/definition';
import type { ServerCore } from '../../request-context';
import { flagsNow } from './flags-now';

export async function admitPod(
  pod: KubeObject,
  namespace: string,
  vpas: readonly KubeObject[],
  core: ServerCore,
): Promise<void> {
  if (!isWatched(namespace, await flagsNow(core))) return;
  const active = (vpas as VerticalPodAutoscaler[]).filter((vpa) => updateModeOf(vpa) !== 'Off');
  const vpa = await new ControllingVpa(active, lookupThrough(core)).of(pod, namespace);
  if (!vpa) return;
  const ranges = limitRangesOf(await core.reader.list('', 'limitranges', namespace));
  const fresh = newResourcesOf(pod, vpa, ranges);
  const notes: string[] = [];
  const containers = containersOf(pod).map((container, i) => {
    const change = fresh[i] as NewResources;
    const { requests, limits } = container.resources ?? {};
    const isEmpty = !requests && !limits;
    // A container that asks for nothing, and is to ask for nothing, is named all the same.
    if (!isEmpty && change.requests.size === 0 && change.limits.size === 0) return container;
    const names = [
      ...change.notes,
      ...[...change.requests.keys()].sort().map((resource) => `${resource} request`),
      ...[...change.limits.keys()].sort().map((resource) => `${resource} limit`),
    ];
    notes.push(`container ${i}: ${names.join(', ')}`);
    return {
      ...container,
      resources: {
        ...container.resources,
        ...(change.limits.size > 0 ? { limits: sorted({ ...limits, ...writtenTotals(change.limits) }) } : {}),
        ...(change.requests.size > 0 ? { requests: sorted({ ...requests, ...writtenTotals(change.requests) }) } : {}),
      },
    };
  });
  pod['spec'] = { ...pod['spec'], containers };
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    ...(notes.length > 0 ? { [UPDATES]: `Pod resources updated by ${vpa.metadata.name}: ${notes.join('; ')}` } : {}),
    [OBSERVED_CONTAINERS]: containers.map(({ name }) => name).join(', '),
  };
}

function sorted<T>(list: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Controllers as they are in the store; the scale of custom ones as their definition tells it. */
function lookupThrough(core: ServerCore): ControllerLookup {
  return {
    find(resource, namespace, name) {
      const [plural = '', group = ''] = resource.split('.');
      return core.reader.get(group, plural, namespace, name);
    },
    async scale(controller) {
      const object = await customObject(core, controller);
      return { selector: object.selector, owner: controllerOf(object.object) };
    },
  };
}

async function customObject(
  core: ServerCore,
  { apiVersion, kind, namespace, name }: Controller,
): Promise<{ object: KubeObject; selector: string }> {
  const [group = ''] = apiVersion.split('/');
  const definitions = await core.reader.list(DEFINITIONS.group, DEFINITIONS.resource);
  const definition = definitions.find((one) => specOf(one).group === group && specOf(one).names.kind === kind);
  if (!definition) throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  const { plural } = specOf(definition).names;
  const served = await core.catalog.find(group, undefined, plural);
  await served?.loadRules?.();
  const scale = served?.definition.scale;
  const object = await core.reader.get(group, plural, namespace, name);
  if (!scale || !object) throw new Error('the server could not find the requested resource');
  return { object, selector: scale.selector(object) };
}
