/**
 * PodTolerationRestriction: the pods of a namespace tolerate what it says, and no more than it allows (kubernetes
 * `plugin/pkg/admission/podtolerationrestriction`).
 */
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { internalError, notFound } from '../../apimachinery/status';
import type { Toleration } from '../../apimachinery/toleration';
import { isPods } from '../served-resource';
import { computeQOSClass } from '../validation/pod-qos';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';
import { configurationOf } from './plugin-configuration';
import { isSuperset, mergeTolerations } from './tolerations';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const WHITELIST = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const MEMORY_PRESSURE: Toleration = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** @param configuration for namespaces that say nothing themselves */
export function podTolerationRestriction(configuration: Json | undefined): AdmissionPlugin {
  const cluster = configuration === undefined ? {} : readConfiguration(configuration);
  return {
    name: 'PodTolerationRestriction',

    handles: (operation, resource, subresource) =>
      (operation === 'CREATE' || operation === 'UPDATE') && isPods(resource) && subresource === '',

    async admit(attributes) {
      const { spec } = attributes.object as KubeObject;
      const extra: Toleration[] =
        attributes.operation === 'CREATE'
          ? [...((await ofNamespace(attributes, DEFAULTS)) ?? cluster.default ?? [])]
          : [];
      if (computeQOSClass(spec) !== 'BestEffort') extra.push(MEMORY_PRESSURE);
      if (extra.length > 0) spec.tolerations = mergeTolerations(spec.tolerations ?? [], extra);
    },

    async validate(attributes) {
      const tolerations: Toleration[] = attributes.object?.['spec']?.tolerations ?? [];
      if (tolerations.length === 0) return;
      const own = await ofNamespace(attributes, WHITELIST);
      const allowed = own ?? cluster.whitelist ?? [];
      if (allowed.length === 0) return;
      if (!tolerations.every((one) => allowed.some((other) => isSuperset(other, one))))
        throw internalError(
          `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${own ? 'namespace' : 'cluster'} whitelist`,
        );
    },
  };
}

function readConfiguration(value: Json): { default?: Toleration[]; whitelist?: Toleration[] } {
  const versions = ['podtolerationrestriction.admission.k8s.io/v1alpha1'];
  return configurationOf(value, 'Configuration', versions, ['default', 'whitelist']);
}

/** What an annotation says; undefined where there is none. */
async function ofNamespace({ core, namespace }: AdmissionAttributes, key: string): Promise<Toleration[] | undefined> {
  const found = await core.reader.get('', 'namespaces', '', namespace);
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  const text = found.metadata.annotations?.[key];
  if (!text) return undefined;
  try {
    const read = JSON.parse(text) as Json;
    if (Array.isArray(read) && read.every(isObject)) return read as Toleration[];
  } catch {
    // Told below.
  }
  throw internalError(`the annotation ${key} of namespace ${namespace} is no list of tolerations`);
}
