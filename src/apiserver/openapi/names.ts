/** What the types and groups of the API are called in OpenAPI documents (kube-openapi `pkg/util`, apiserver `endpoints/openapi/openapi.go`). */
import { builtinGroups } from '../../schema/catalog';

/** Packages of types that lie elsewhere than `k8s.io/api`. */
const PACKAGES: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

/** `core/v1.Pod` → `io.k8s.api.core.v1.Pod` */
export function definitionName(type: string): string {
  if (type === 'version.Info') return 'io.k8s.apimachinery.pkg.version.Info';
  const [folder = '', rest = ''] = type.split('/');
  return `${PACKAGES[folder] ?? `io.k8s.api.${folder}`}.${rest}`;
}

/** `example.com`, v1, Widget → `com.example.v1.Widget` */
export function customDefinitionName(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** Scalars that are types with names of their own, by the Go type. */
export const SCALAR_DEFINITIONS: Readonly<Record<string, string>> = {
  'v1.Time': 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  'v1.MicroTime': 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  'resource.Quantity': 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'intstr.IntOrString': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'runtime.RawExtension': 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'v1.FieldsV1': 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  'v1.JSON': definitionName('apiextensions/v1.JSON'),
  'v1.JSONSchemaPropsOrArray': definitionName('apiextensions/v1.JSONSchemaPropsOrArray'),
  'v1.JSONSchemaPropsOrBool': definitionName('apiextensions/v1.JSONSchemaPropsOrBool'),
  'v1.JSONSchemaPropsOrStringArray': definitionName('apiextensions/v1.JSONSchemaPropsOrStringArray'),
};

/** The group in operation ids and tags: `rbac.authorization.k8s.io` → `rbacAuthorization`, the core group is `core`. */
export function groupTag(group: string): string {
  if (group === '') return 'core';
  const [first = '', ...rest] = group.replace(/\.k8s\.io$/, '').split(/[.-]/);
  return first + rest.map(capitalized).join('');
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The group that a folder of types belongs to: `rbac` → `rbac.authorization.k8s.io`. */
export function groupOfFolder(folder: string): string | undefined {
  return Object.entries(builtinGroups()).find(([, { types }]) => types === folder)?.[0];
}
