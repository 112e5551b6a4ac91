/** PodNodeSelector: the pods of a namespace go to the nodes that are its own (kubernetes `plugin/pkg/admission/podnodeselector`). */
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { forbidden, internalError, notFound } from '../../apimachinery/status';
import { isPods } from '../served-resource';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';

type Labels = Record<string, string>;

/** @param configuration `podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: a=b, <namespace>: <all that it may ask for>}` */
export function podNodeSelector(configuration: Json | undefined): AdmissionPlugin {
  const section = isObject(configuration) ? configuration['podNodeSelectorPluginConfig'] : undefined;
  const selectors = (isObject(section) ? section : {}) as Labels;
  const own = async ({ core, namespace }: AdmissionAttributes): Promise<Labels> => {
    const found = await core.reader.get('', 'namespaces', '', namespace);
    if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    return labelsOf(found.metadata.annotations?.[ANNOTATION] ?? selectors['clusterDefaultNodeSelector'] ?? '');
  };
  const check = ({ object, resource }: AdmissionAttributes, selector: Labels): Labels => {
    const { metadata, spec } = object as KubeObject;
    const wanted: Labels = spec.nodeSelector ?? {};
    if (Object.keys(selector).some((key) => wanted[key] !== undefined && wanted[key] !== selector[key]))
      throw forbidden(
        resource.groupResource,
        metadata.name ?? '',
        'pod node label selector conflicts with its namespace node label selector',
      );
    return wanted;
  };
  return {
    name: 'PodNodeSelector',
    handles: (operation, resource, subresource) => operation === 'CREATE' && isPods(resource) && subresource === '',
    async admit(attributes) {
      const selector = await own(attributes);
      const merged = { ...selector, ...check(attributes, selector) };
      if (Object.keys(merged).length > 0) (attributes.object as KubeObject)['spec'].nodeSelector = merged;
    },
    async validate(attributes) {
      const wanted = check(attributes, await own(attributes));
      const allowed = labelsOf(selectors[attributes.namespace] ?? '');
      if (Object.keys(allowed).length > 0 && Object.keys(wanted).some((key) => wanted[key] !== allowed[key]))
        throw forbidden(
          attributes.resource.groupResource,
          attributes.object?.metadata.name ?? '',
          'pod node label selector labels conflict with its namespace whitelist',
        );
    },
  };
}

/** labels.ConvertSelectorToLabelsMap: `a=b,c=d`. */
function labelsOf(text: string): Labels {
  const labels: Labels = {};
  for (const pair of text.split(',').filter((part) => part !== '')) {
    const [key = '', value, ...rest] = pair.split('=');
    if (value === undefined || rest.length > 0) throw internalError(`invalid selector: ${JSON.stringify(text)}`);
    labels[key.trim()] = value.trim();
  }
  return labels;
}
