/** A request as policies and webhooks see it (apiserver `plugin/cel/condition.go` CreateAdmissionRequest, `plugin/webhook/request`). */
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import { type KubeObject, parseGroupVersion } from '../../../apimachinery/meta';
import type { AdmissionAttributes } from '../plugin';
import type { Matched } from './matching';

/** Without its objects. */
export function admissionRequest(attributes: AdmissionAttributes, matched: Matched): JsonObject {
  const { dryRun, name, namespace, operation, resource, subresource, user } = attributes;
  const { group, version, plural } = resource.info;
  const { kind } = kindOf(attributes);
  return {
    kind: subresource === '' ? { group: matched.group, version: matched.version, kind } : kindOf(attributes),
    resource: { group: matched.group, version: matched.version, resource: matched.resource },
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindOf(attributes),
    requestResource: { group, version, resource: plural },
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
      ...(user.extra ? { extra: jsonOf(user.extra) } : {}),
    },
    dryRun,
    options: attributes.options,
  };
}

/** Of a subresource: what is in the body (a Binding, a Scale). */
function kindOf({ object, resource }: AdmissionAttributes): { group: string; version: string; kind: string } {
  const { group, version, kind } = resource.info;
  if (!object?.kind || !object.apiVersion) return { group, version, kind };
  return { ...parseGroupVersion(object.apiVersion), kind: object.kind };
}

/** Those of a namespace's fields that expressions may see (CreateNamespaceObject). */
export function namespaceObject(namespace: KubeObject | undefined): JsonObject | undefined {
  if (!namespace) return undefined;
  const {
    managedFields: _,
    ownerReferences: __,
    selfLink: ___,
    ...metadata
  } = namespace.metadata as Record<string, unknown>;
  return jsonOf({ metadata, spec: namespace['spec'] ?? {}, status: namespace['status'] ?? {} }) as JsonObject;
}
