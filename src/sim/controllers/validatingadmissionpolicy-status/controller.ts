/**
 * Says in the status of a ValidatingAdmissionPolicy what in its expressions does not fit the kinds that it is about (kubernetes
 * `pkg/controller/validatingadmissionpolicystatus`).
 */
import { jsonOf } from '../../../apimachinery/json';
import { type KubeObject, parseGroupVersion } from '../../../apimachinery/meta';
import type { PolicySpec } from '../../../apiserver/admission/policies/policy-objects';
import type { KnownKind } from '../../../apiserver/admission/policies/type-checking';
import { kindSchema } from '../../../schema/catalog';
import { builtinResources } from '../../../schema/resources';
import type { Schema } from '../../../schema/schema';
import type { Controller, IndexedCache } from '../../controller';

const POLICIES = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicies',
};
const RESOURCE = 'validatingadmissionpolicies.admissionregistration.k8s.io';
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';
const NAME = 'validatingadmissionpolicy-status-controller';
const MOST_KINDS = 10;

const controller: Controller = {
  name: NAME,
  user: `system:serviceaccount:kube-system:${NAME}`,
  fieldManager: NAME,
  watches: [{ resource: RESOURCE, keys: ({ metadata }) => [metadata.name ?? ''] }],
  async reconcile(name, { cache, client }) {
    const policy = cache.get(RESOURCE, '', name);
    if (!policy) return undefined;
    const { generation = 0 } = policy.metadata;
    if (generation <= (policy['status']?.observedGeneration ?? 0)) return undefined;
    const { checkTypes } = await import('../../../apiserver/admission/policies/type-checking');
    const spec = policy['spec'] as PolicySpec;
    const expressionWarnings = checkTypes(spec, await kindsOf(spec, cache), await paramsOf(spec, cache));
    const applied = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      status: {
        observedGeneration: generation,
        typeChecking: jsonOf(expressionWarnings.length > 0 ? { expressionWarnings } : {}),
      },
    };
    await client.patch(POLICIES, '', name, 'apply', applied, { fieldManager: NAME, force: 'true' }, 'status');
    return undefined;
  },
};

export default controller;

/** The kinds that the policy names; what it leaves open is not looked at (typesToCheck). */
async function kindsOf({ matchConstraints }: PolicySpec, cache: IndexedCache): Promise<KnownKind[]> {
  const kinds = new Map<string, KnownKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((one) => one.includes('*'))) continue;
    for (const group of [...apiGroups].sort())
      for (const version of [...apiVersions].sort())
        for (const resource of resources.filter((one) => !/[*/]/.test(one)).sort()) {
          const found = await kindOf(cache, group, version, (names) => names.plural === resource);
          if (found && kinds.size < MOST_KINDS) kinds.set(`${group}/${version}/${found.gvk.kind}`, found);
        }
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

async function paramsOf({ paramKind }: PolicySpec, cache: IndexedCache): Promise<KnownKind | undefined> {
  if (!paramKind) return undefined;
  const { group, version } = parseGroupVersion(paramKind.apiVersion ?? '');
  return kindOf(cache, group, version, ({ kind }) => kind === paramKind.kind);
}

async function kindOf(
  cache: IndexedCache,
  group: string,
  version: string,
  is: (names: { plural: string; kind: string }) => boolean,
): Promise<KnownKind | undefined> {
  const info = builtinResources().find((one) => one.group === group && one.version === version && is(one));
  if (info) {
    const schema = kindSchema(group, version, info.kind);
    return schema && { gvk: { group, version, kind: info.kind }, schema };
  }
  const definition = cache
    .list(DEFINITIONS)
    .find(({ spec }) => spec?.group === group && is(spec.names as { plural: string; kind: string }));
  const schema = definition && (await customSchema(definition, version));
  return schema && { gvk: { group, version, kind: definition['spec'].names.kind }, schema };
}

async function customSchema({ spec }: KubeObject, version: string): Promise<Schema | undefined> {
  const versions = (spec?.versions ?? []) as { name: string; schema?: { openAPIV3Schema?: never } }[];
  const openAPI = versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
  if (!openAPI) return undefined;
  const { schemaFromCrd } = await import('../../../schema/from-crd');
  return schemaFromCrd(openAPI);
}
