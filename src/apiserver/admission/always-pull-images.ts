/** AlwaysPullImages: whoever has no credentials for an image can't use what a node has pulled for others (kubernetes `plugin/pkg/admission/alwayspullimages`). */
import { notSupported } from '../../apimachinery/field-error';
import type { KubeObject } from '../../apimachinery/meta';
import { isPods } from '../served-resource';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

interface Container {
  name?: string;
  image?: string;
  imagePullPolicy?: string;
}

const FIELDS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',

  handles(operation, resource, subresource) {
    return (operation === 'CREATE' || operation === 'UPDATE') && isPods(resource) && subresource === '';
  },

  admit(attributes) {
    if (!imagesChange(attributes)) return;
    const { spec } = attributes.object as KubeObject;
    for (const field of FIELDS)
      if (spec[field])
        spec[field] = containersIn(spec, field).map((container) => ({ ...container, imagePullPolicy: 'Always' }));
  },

  validate(attributes) {
    if (!imagesChange(attributes)) return;
    const { spec } = attributes.object as KubeObject;
    for (const field of FIELDS)
      for (const [i, { imagePullPolicy }] of containersIn(spec, field).entries()) {
        if (imagePullPolicy === 'Always') continue;
        const wrong = notSupported(`spec.${field}[${i}].imagePullPolicy`, imagePullPolicy ?? '', ['Always']);
        throw admissionForbidden(attributes, `${wrong.field}: ${wrong.body}`);
      }
  },
};

function containersIn(spec: Record<string, unknown>, field: string): Container[] {
  return (spec[field] ?? []) as Container[];
}

/** An update is let be that takes no image of others: each container keeps one that the pod has already (isUpdateWithNoNewImages). */
function imagesChange({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation !== 'UPDATE') return true;
  const imagesOf = (pod: KubeObject | undefined) =>
    FIELDS.flatMap((field) => containersIn(pod?.['spec'] ?? {}, field).map(({ image }) => image));
  const known = new Set(imagesOf(oldObject));
  return imagesOf(object).some((image) => !known.has(image));
}
