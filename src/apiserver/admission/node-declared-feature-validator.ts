/** NodeDeclaredFeatureValidator: a pod changes only as its node's kubelet says it can (kubernetes `plugin/pkg/admission/nodedeclaredfeatures`). */
import { featuresToChange, undeclared } from '../../apimachinery/declared-features';
import type { KubeObject } from '../../apimachinery/meta';
import { isPods } from '../served-resource';
import { admissionForbidden } from './forbidden';
import type { AdmissionPlugin } from './plugin';

export const nodeDeclaredFeatureValidator: AdmissionPlugin = {
  name: 'NodeDeclaredFeatureValidator',

  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && isPods(resource) && (subresource === '' || subresource === 'resize'),

  async validate(attributes) {
    const [pod, old] = [attributes.object as KubeObject, attributes.oldObject as KubeObject];
    const nodeName: string | undefined = pod['spec'].nodeName;
    if (!nodeName || pod['spec'] === old['spec'] || pod.metadata.generation === old.metadata.generation) return;
    const needed = featuresToChange(old['spec'], pod['spec']);
    if (needed.length === 0) return;
    const node = await attributes.core.reader.get('', 'nodes', '', nodeName);
    if (!node) throw admissionForbidden(attributes, `node ${JSON.stringify(nodeName)} not found`);
    const missing = undeclared(needed, node['status']);
    if (missing.length > 0)
      throw admissionForbidden(
        attributes,
        `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(nodeName)}`,
      );
  },
};
