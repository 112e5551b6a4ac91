/**
 * OwnerReferencesPermissionEnforcement: who gives an object an owner must be allowed to delete it, and who makes its owner wait for
 * it must be allowed to delete that (kubernetes `plugin/pkg/admission/gc/gc_admission.go`).
 */
import { deepEqual, jsonOf } from '../../apimachinery/json';
import { type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { decide } from '../authorization';
import { isPods } from '../served-resource';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

export const ownerReferencesPermissionEnforcement: AdmissionPlugin = {
  name: 'OwnerReferencesPermissionEnforcement',

  handles(operation, resource, subresource) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return !(isPods(resource) && subresource === 'status');
  },

  async validate(attributes) {
    const { core, name, namespace, resource, subresource } = attributes;
    const [now, before] = [referencesOf(attributes.object), referencesOf(attributes.oldObject)];
    if (deepEqual(now.map(jsonOf), before.map(jsonOf))) return;
    const { group, version, plural } = resource.info;
    const own = { group, version, resource: plural, subresource, namespace, name };
    const refusal = await whyNot(attributes, { ...own });
    if (refusal !== undefined)
      throw admissionForbidden(attributes, `cannot set an ownerRef on a resource you can't delete: ${refusal}`);
    const blocking = now.filter(
      ({ uid, blockOwnerDeletion }) =>
        blockOwnerDeletion && !before.some((old) => old.uid === uid && old.blockOwnerDeletion),
    );
    for (const { apiVersion, kind, name: owner } of blocking) {
      const of = parseGroupVersion(apiVersion);
      const kinds = core.catalog
        .all()
        .filter((info) => info.group === of.group && info.version === of.version && info.kind === kind);
      if (kinds.length === 0)
        throw admissionForbidden(
          attributes,
          `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
        );
      for (const info of kinds) {
        const why = await whyNot(attributes, {
          group: of.group,
          version: of.version,
          resource: info.plural,
          subresource: 'finalizers',
          namespace: info.namespaced ? namespace : '',
          name: owner,
          verb: 'update',
        });
        if (why !== undefined)
          throw admissionForbidden(
            attributes,
            `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${why}`,
          );
      }
    }
  },
};

function referencesOf(object: KubeObject | undefined) {
  return object?.metadata.ownerReferences ?? [];
}

/** Undefined where it is allowed. */
async function whyNot(
  { core, user }: AdmissionAttributes,
  asked: {
    group: string;
    version: string;
    resource: string;
    subresource: string;
    namespace: string;
    name: string;
    verb?: string;
  },
): Promise<string | undefined> {
  const { allowed, reason, error } = await decide(core.authorizer, user, {
    isResourceRequest: true,
    path: '',
    verb: 'delete',
    ...asked,
  });
  return allowed ? undefined : `${reason ?? ''}, ${error ?? '<nil>'}`;
}
