/**
 * NamespaceLifecycle: nothing is made in a namespace that is not there or is being deleted, and three namespaces may not be
 * deleted at all (apiserver `admission/plugin/namespace/lifecycle/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { ApiError, forbidden, notFound } from '../../apimachinery/status';
import { namespaceKey, namespaceNamed } from '../namespaces';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const IMMORTAL_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',

  handles(operation, { info }) {
    if (info.group === '' && info.plural === 'namespaces') return operation === 'DELETE';
    // Whether a namespace exists is nobody's business who may only ask for their rights in it.
    if (info.group === 'authorization.k8s.io' && info.plural === 'localsubjectaccessreviews') return false;
    return info.namespaced && (operation === 'CREATE' || operation === 'UPDATE');
  },

  admit(attributes) {
    const { core, name, namespace, operation, resource } = attributes;
    if (operation === 'DELETE') {
      if (IMMORTAL_NAMESPACES.has(name))
        throw forbidden(resource.groupResource, name, 'this namespace may not be deleted');
      return;
    }
    const found = namespaceNamed(core.store, namespace);
    if (found instanceof Promise) return found.then((late) => check(late, attributes));
    check(found, attributes);
  },

  grounds: ({ namespace }) => ({ unchanged: [namespaceKey(namespace)] }),
};

function check(found: KubeObject | undefined, attributes: AdmissionAttributes): void {
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, attributes.namespace);
  if (attributes.operation === 'CREATE' && found['status']?.phase === 'Terminating') throw terminating(attributes);
}

function terminating(attributes: AdmissionAttributes): ApiError {
  const { namespace } = attributes;
  const { status } = admissionForbidden(
    attributes,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError({ ...status, details: { ...status.details, causes: [cause] } });
}
