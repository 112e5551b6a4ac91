/** What the expressions of policies and conditions are evaluated with. */
import type { KubeObject } from '../../../apimachinery/meta';
import { isNamespaces } from '../../served-resource';
import type { AdmissionAttributes } from '../plugin';
import { admissionRequest, namespaceObject } from './admission-request';
import type { Decisions } from './decisions';
import type { Inputs } from './expressions';
import { inMatchedVersion, type Matched } from './matching';

export async function inputsOf(
  attributes: AdmissionAttributes,
  matched: Matched,
  params: KubeObject | undefined,
  decisions: Decisions,
): Promise<Inputs> {
  const { core, name, namespace, resource, subresource } = attributes;
  const { group, plural } = resource.info;
  const [object, oldObject, home] = await Promise.all([
    inMatchedVersion(attributes, attributes.object, matched),
    inMatchedVersion(attributes, attributes.oldObject, matched),
    // A namespace is not in itself.
    namespace === '' || isNamespaces(resource) ? undefined : core.reader.get('', 'namespaces', '', namespace),
  ]);
  return {
    object: object as Inputs['object'],
    oldObject: oldObject as Inputs['object'],
    request: admissionRequest(attributes, matched),
    namespace: namespaceObject(home),
    params: params as Inputs['object'],
    ask: decisions.ask,
    requestResource: { group, resource: plural, subresource, namespace, name },
  };
}
