/** Manifests put through the declaration of their kind, as a request would be, without a server. */

import { parseAllDocuments } from 'yaml';
import type { FieldError } from '../../src/apimachinery/field-error';
import { clone, deepFreeze } from '../../src/apimachinery/json';
import { asObject, type KubeObject, parseGroupVersion } from '../../src/apimachinery/meta';
import { ApiError } from '../../src/apimachinery/status';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../src/apiserver/object-meta';
import type { ResourceDefinition, StrategyContext } from '../../src/apiserver/resource';
import { addressCompanions } from '../../src/apiserver/resources/core/service-ip-addresses';
import { resourceDefinition } from '../../src/apiserver/resources/index';
import { kindSchema } from '../../src/schema/catalog';
import { builtinResources } from '../../src/schema/resources';
import { DEFAULT_START, SimulatedClock } from '../../src/sim/clock';
import { createRandom } from '../../src/sim/random';

export const NOW = DEFAULT_START;

/** A context whose cluster holds `given`, and the addresses of the Services among them. */
export function contextWith(given: readonly KubeObject[] = []): StrategyContext {
  const clock = new SimulatedClock(NOW);
  const ranges: string[] | undefined = given.find(({ kind }) => kind === 'ServiceCIDR')?.['spec'].cidrs;
  const objects = given.flatMap((object) =>
    object.kind === 'Service'
      ? [object, ...addressCompanions(object, undefined, { clock }).flatMap((one) => one.object ?? [])]
      : object,
  );
  const isOf = (object: KubeObject, group: string, resource: string) => {
    const gv = parseGroupVersion(object.apiVersion);
    return gv.group === group && infoOf(object).plural === resource;
  };
  const find = async (group: string, resource: string, namespace: string, name: string) =>
    objects.find(
      (object) =>
        isOf(object, group, resource) &&
        (object.metadata.namespace ?? '') === namespace &&
        object.metadata.name === name,
    );
  return {
    clock,
    random: createRandom('test'),
    featureGates: {},
    serviceRanges: { cidrs: ranges ?? ['10.96.0.0/12'], nodePorts: [30000, 32767] },
    dryRun: false,
    read: {
      get: find,
      find,
      list: async (group, resource, namespace) =>
        objects.filter(
          (object) =>
            isOf(object, group, resource) && (namespace === undefined || object.metadata.namespace === namespace),
        ),
    },
  };
}

export function infoOf(object: { apiVersion: string; kind: string }) {
  const gv = parseGroupVersion(object.apiVersion);
  const info = builtinResources().find(
    (one) => one.group === gv.group && one.version === gv.version && one.kind === object.kind,
  );
  if (!info) throw new Error(`no resource for ${object.apiVersion} ${object.kind}`);
  return info;
}

export async function definitionOf(object: { apiVersion: string; kind: string }): Promise<ResourceDefinition> {
  const info = infoOf(object);
  return resourceDefinition(info.group, info.plural);
}

/** The objects of a YAML text; `namespace` is default where the kind has one. */
export function read(text: string): KubeObject[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const object = asObject(document.toJS());
    object.metadata ??= {};
    if (infoOf(object).namespaced) object.metadata.namespace ??= 'default';
    return object;
  });
}

/** A new object as it would be stored, and the complaints that keep it from being so. */
export async function created(
  manifest: KubeObject | string,
  context = contextWith(),
): Promise<{ object: KubeObject; errors: string[]; causes: FieldError[] }> {
  const object = clone(typeof manifest === 'string' ? (read(manifest)[0] as KubeObject) : manifest) as KubeObject;
  const definition = await definitionOf(object);
  const info = infoOf(object);
  definition.defaults?.(object);
  object.metadata.uid = 'u';
  object.metadata.creationTimestamp = '2026-01-01T00:00:00Z';
  const schema = kindSchema(info.group, info.version, info.kind);
  if (schema?.field?.('status') && !definition.keepsStatusOnCreate) delete object.status;
  if (definition.hasGeneration ?? schema?.field?.('spec') !== undefined) object.metadata.generation = 1;
  try {
    await definition.prepareForCreate?.(object, context);
  } catch (error) {
    if (error instanceof ApiError) return { object, errors: [error.message], causes: [] };
    throw error;
  }
  const causes = validateObjectMeta(object.metadata, info.namespaced, definition.validateName);
  causes.push(...(definition.validate?.(object) ?? []));
  return { object, errors: causes.map(formatError), causes };
}

/** A manifest; `kind` has its apiVersion before it: `v1 ConfigMap`. */
export function manifest(kind: string, rest: string, name = 'x'): string {
  const [apiVersion, plain] = kind.split(' ');
  return `{apiVersion: ${apiVersion}, kind: ${plain}, metadata: {name: "${name}"}${rest ? `, ${rest}` : ''}}`;
}

/** What becomes of a manifest that nothing is wrong with. */
export async function stored(text: string, context = contextWith()): Promise<KubeObject> {
  const { object, errors } = await created(text, context);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return object;
}

/** The object after `change`, and the complaints of the update. */
export async function updated(
  stored: KubeObject,
  change: (object: KubeObject) => void,
  options: { subresource?: string; context?: StrategyContext } = {},
): Promise<{ object: KubeObject; errors: string[] }> {
  const old = deepFreeze({ ...clone(stored), metadata: { ...stored.metadata, resourceVersion: '5' } } as KubeObject);
  const object = clone(old) as KubeObject;
  const definition = await definitionOf(object);
  change(object);
  definition.defaults?.(object);
  const context = options.context ?? contextWith([old]);
  const { subresource } = options;
  const strategy = subresource ? definition.subresources?.[subresource] : undefined;
  if (!subresource) {
    if (old.status !== undefined) object.status = old.status;
    await definition.prepareForUpdate?.(object, old, context);
  } else {
    if (subresource === 'status')
      for (const key of Object.keys(old)) if (key !== 'metadata' && key !== 'status') object[key] = old[key];
    await strategy?.prepareForUpdate?.(object, old, context);
  }
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata);
  if (subresource) errors.push(...(strategy?.validateUpdate?.(object, old) ?? []));
  else {
    errors.push(...(definition.validate?.(object, old) ?? []));
    errors.push(...(definition.validateUpdate?.(object, old) ?? []));
  }
  return { object, errors: errors.map(formatError) };
}

/** The cells of an object's row by the names of its columns. */
export async function row(object: KubeObject, now = NOW): Promise<Record<string, unknown>> {
  const definition = await definitionOf(object);
  const cells = definition.cells?.(object, now) ?? [];
  const columns = definition.columns ?? [];
  if (cells.length !== columns.length) throw new Error(`${cells.length} cells for ${columns.length} columns`);
  return Object.fromEntries(columns.map((column, i) => [column.name, cells[i]]));
}

function formatError(error: FieldError): string {
  return `${error.field}: ${error.body}`;
}
