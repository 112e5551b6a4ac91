/** Where transformers look: the defaults and what `configurations` and `crds` add (builtinconfig/transformerconfig.go). */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { decodeStruct, type Struct } from './decode-struct';
import {
  commonAnnotationFieldSpecs,
  commonLabelFieldSpecs,
  imageFieldSpecs,
  type NameReference,
  nameFieldSpecs,
  nameReferences,
  namespaceFieldSpecs,
  replicaFieldSpecs,
  templateLabelFieldSpecs,
  varReferenceFieldSpecs,
} from './default-config';
import { type FieldSpec, mergeFieldSpecs, sortFieldSpecs } from './field-spec';

import { shapes, yamlToJson } from './kustomization';
import type { Loader } from './loader';

const SPECS = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'commonLabels',
  'labels',
  'templateLabels',
  'commonAnnotations',
  'varReference',
  'images',
  'replicas',
] as const;
type SpecName = (typeof SPECS)[number];

export type TransformerConfig = Readonly<Record<SpecName, readonly FieldSpec[]>> & {
  readonly nameReference: readonly NameReference[];
};

export function emptyConfig(): TransformerConfig {
  return {
    namePrefix: [],
    nameSuffix: [],
    namespace: [],
    commonLabels: [],
    labels: [],
    templateLabels: [],
    commonAnnotations: [],
    varReference: [],
    images: [],
    replicas: [],
    nameReference: [],
  };
}

let defaults: TransformerConfig | undefined;

export function defaultConfig(): TransformerConfig {
  defaults ??= sorted({
    namePrefix: nameFieldSpecs(),
    nameSuffix: nameFieldSpecs(),
    namespace: namespaceFieldSpecs(),
    commonLabels: commonLabelFieldSpecs(),
    labels: [],
    templateLabels: templateLabelFieldSpecs(),
    commonAnnotations: commonAnnotationFieldSpecs(),
    varReference: varReferenceFieldSpecs(),
    images: imageFieldSpecs(),
    replicas: replicaFieldSpecs(),
    nameReference: nameReferences(),
  });
  return defaults;
}

function sorted(config: TransformerConfig): TransformerConfig {
  const specs = Object.fromEntries(SPECS.map((name) => [name, sortFieldSpecs([...config[name]])]));
  return { ...(specs as Record<SpecName, FieldSpec[]>), nameReference: sortFieldSpecs([...config.nameReference]) };
}

/** Both together. @throws Error `failed to merge NamePrefix fieldSpec: conflicting fieldspecs` */
export function mergeConfigs(a: TransformerConfig, b: TransformerConfig): TransformerConfig {
  if (a === b) return a;
  const merge = (name: SpecName) => {
    try {
      return mergeFieldSpecs(a[name], b[name]);
    } catch (error) {
      throw new Error(`failed to merge ${GO_NAMES[name]} fieldSpec: ${(error as Error).message}`);
    }
  };
  const specs = Object.fromEntries(SPECS.map((name) => [name, merge(name)])) as Record<SpecName, FieldSpec[]>;
  return sorted({ ...specs, nameReference: mergeNameReferences(a.nameReference, b.nameReference) });
}

const GO_NAMES: Readonly<Record<SpecName, string>> = {
  namePrefix: 'NamePrefix',
  nameSuffix: 'NameSuffix',
  namespace: 'NameSpace',
  commonLabels: 'CommonLabels',
  labels: 'Labels',
  templateLabels: 'TemplateLabels',
  commonAnnotations: 'CommonAnnotations',
  varReference: 'VarReference',
  images: 'Images',
  replicas: 'Replicas',
};

function mergeNameReferences(a: readonly NameReference[], b: readonly NameReference[]): NameReference[] {
  const result = [...a];
  for (const reference of b) {
    const at = result.findIndex(
      (each) =>
        (each.group ?? '') === (reference.group ?? '') &&
        (each.version ?? '') === (reference.version ?? '') &&
        (each.kind ?? '') === (reference.kind ?? ''),
    );
    const same = result[at];
    if (!same) result.push(reference);
    else result[at] = { ...same, fieldSpecs: mergeFieldSpecs(same.fieldSpecs, reference.fieldSpecs) };
  }
  return result;
}

const fieldSpecs = { list: shapes.fieldSpec } as const;
const configStruct: Struct = {
  struct: 'TransformerConfig',
  fields: {
    ...Object.fromEntries(SPECS.map((name) => [name, fieldSpecs])),
    nameReference: {
      list: {
        struct: 'NameBackReferences',
        fields: { fieldSpecs },
        embedded: { Gvk: { struct: 'Gvk', fields: { group: 'string', version: 'string', kind: 'string' } } },
      },
    },
  },
};

/** The defaults and what these files say. */
export function loadConfigurations(loader: Loader, paths: readonly string[]): TransformerConfig {
  let loaded = emptyConfig();
  for (const path of paths) {
    const decoded = decodeStruct(yamlToJson(loader.text(path)), configStruct);
    const references = ((decoded.nameReference ?? []) as JsonObject[]).map((each) => ({ fieldSpecs: [], ...each }));
    const config = { ...emptyConfig(), ...decoded, nameReference: references } as unknown as TransformerConfig;
    loaded = mergeConfigs(loaded, sorted(config));
  }
  return paths.length === 0 ? defaultConfig() : mergeConfigs(defaultConfig(), loaded);
}

/** What OpenAPI definitions of custom kinds say by their extensions (accumulator/loadconfigfromcrds.go). */
export function loadCrds(loader: Loader, paths: readonly string[]): TransformerConfig {
  let result = emptyConfig();
  for (const path of paths) {
    const text = loader.text(path);
    let definitions: Json;
    try {
      definitions = yamlToJson(text);
    } catch (error) {
      throw new Error(`unable to parse open API definition from '${path}': ${(error as Error).message}`);
    }
    if (!isObject(definitions)) continue;
    for (const name of Object.keys(definitions)) {
      const properties = propertiesOf(definitions, name);
      if (!['kind', 'apiVersion', 'metadata'].every((field) => Object.hasOwn(properties, field))) continue;
      const found = emptyConfig() as { -readonly [K in keyof TransformerConfig]: TransformerConfig[K] };
      collectFromCrd(found, definitions, name, name.slice(name.lastIndexOf('.') + 1), []);
      result = mergeConfigs(result, found);
    }
  }
  return result;
}

function propertiesOf(definitions: JsonObject, name: string): JsonObject {
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  const schema = isObject(definition) ? (definition.Schema ?? definition.schema) : undefined;
  return isObject(schema) && isObject(schema.properties) ? schema.properties : {};
}

function collectFromCrd(
  config: { -readonly [K in keyof TransformerConfig]: TransformerConfig[K] },
  definitions: JsonObject,
  name: string,
  kind: string,
  path: readonly string[],
): void {
  const properties = propertiesOf(definitions, name);
  for (const field of Object.keys(properties)) {
    const property = properties[field];
    if (!isObject(property)) continue;
    const spec = (...more: string[]): FieldSpec => ({ kind, path: [...path, field, ...more].join('/') });
    const text = (extension: string) => (typeof property[extension] === 'string' ? property[extension] : undefined);
    const add = (to: 'commonAnnotations' | 'commonLabels' | 'namePrefix') => {
      config[to] = mergeFieldSpecs(config[to], [spec()]);
    };
    if (text('x-kubernetes-annotation') !== undefined) add('commonAnnotations');
    if (text('x-kubernetes-label-selector') !== undefined) add('commonLabels');
    if (text('x-kubernetes-identity') !== undefined) add('namePrefix');
    const version = text('x-kubernetes-object-ref-api-version');
    const referred = text('x-kubernetes-object-ref-kind');
    if (version !== undefined && referred !== undefined) {
      const fieldSpecs = [spec(text('x-kubernetes-object-ref-name-key') ?? 'name')];
      config.nameReference = mergeNameReferences(config.nameReference, [{ kind: referred, version, fieldSpecs }]);
    }
    const reference = text('$ref');
    if (reference !== undefined && path.length < 50)
      collectFromCrd(config, definitions, reference, kind, [...path, field]);
  }
}
