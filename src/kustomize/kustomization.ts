/** The kustomization file: its fields, what is deprecated in it, what is refused (api/types/kustomization.go). */
import type { Json, JsonObject } from '../apimachinery/json';
import { ManifestError, parseYaml } from '../yaml/read';
import { decodeStruct, type Shape, type Struct } from './decode-struct';
import type { FieldSpec } from './field-spec';
import type { Selector } from './resource-list';

export interface GeneratorOptions {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  disableNameSuffixHash?: boolean;
  immutable?: boolean;
}

/** A configMapGenerator or secretGenerator. */
export interface GeneratorArgs {
  namespace?: string;
  name?: string;
  behavior?: string;
  literals?: string[];
  files?: string[];
  envs?: string[];
  env?: string;
  options?: GeneratorOptions;
  /** Of a secret. */
  type?: string;
}

export interface Patch {
  path?: string;
  patch?: string;
  target?: Selector;
  options?: { allowNameChange?: boolean; allowKindChange?: boolean };
}

export interface Label {
  pairs?: Record<string, string>;
  includeSelectors?: boolean;
  includeTemplates?: boolean;
  fields?: FieldSpec[];
}

export interface Image {
  name?: string;
  newName?: string;
  tagSuffix?: string;
  newTag?: string;
  digest?: string;
}

export interface FieldOptions {
  delimiter?: string;
  index?: number;
  encoding?: string;
  create?: boolean;
}

export interface Replacement {
  source?: Pick<Selector, 'group' | 'version' | 'kind' | 'name' | 'namespace'> & {
    fieldPath?: string;
    options?: FieldOptions;
  };
  targets?: { select?: Selector; reject?: Selector[]; fieldPaths?: string[]; options?: FieldOptions }[];
  sourceValue?: string;
  path?: string;
}

export interface Var {
  name: string;
  objref: { apiVersion?: string; group?: string; version?: string; kind?: string; name?: string; namespace?: string };
  fieldref?: { fieldPath?: string };
}

export interface SortOptions {
  order?: string;
  legacySortOptions?: { orderFirst?: string[]; orderLast?: string[] };
}

export interface Kustomization {
  kind: string;
  apiVersion: string;
  openapi?: Record<string, string>;
  namePrefix?: string;
  nameSuffix?: string;
  namespace?: string;
  commonLabels?: Record<string, string>;
  labels?: Label[];
  commonAnnotations?: Record<string, string>;
  patchesStrategicMerge?: string[];
  patchesJson6902?: Patch[];
  patches?: Patch[];
  images?: Image[];
  imageTags?: Image[];
  replacements?: Replacement[];
  replicas?: { name?: string; count?: number }[];
  vars?: Var[];
  sortOptions?: SortOptions;
  resources?: string[];
  components?: string[];
  crds?: string[];
  bases?: string[];
  configMapGenerator?: GeneratorArgs[];
  secretGenerator?: GeneratorArgs[];
  helmGlobals?: JsonObject;
  helmCharts?: JsonObject[];
  helmChartInflationGenerator?: JsonObject[];
  generatorOptions?: GeneratorOptions;
  configurations?: string[];
  generators?: string[];
  transformers?: string[];
  validators?: string[];
  buildMetadata?: string[];
}

const S = 'string';
const texts: Shape = { list: S };
const pairs: Shape = { map: S };
const list = (shape: Shape): Shape => ({ list: shape });

const gvk: Struct = { struct: 'Gvk', fields: { group: S, version: S, kind: S } };
const resId: Struct = { struct: 'ResId', fields: { name: S, namespace: S }, embedded: { Gvk: gvk } };
const selector: Struct = {
  struct: 'Selector',
  fields: { annotationSelector: S, labelSelector: S },
  embedded: { ResId: resId },
};
const fieldSpec: Struct = { struct: 'FieldSpec', fields: { path: S, create: 'bool' }, embedded: { Gvk: gvk } };
const generatorOptions: Struct = {
  struct: 'GeneratorOptions',
  fields: { labels: pairs, annotations: pairs, disableNameSuffixHash: 'bool', immutable: 'bool' },
};
const generatorArgs: Struct = {
  struct: 'GeneratorArgs',
  fields: { namespace: S, name: S, behavior: S, options: generatorOptions },
  embedded: {
    KvPairSources: { struct: 'KvPairSources', fields: { literals: texts, files: texts, envs: texts, env: S } },
  },
};
const configMapArgs: Struct = { struct: 'ConfigMapArgs', fields: {}, embedded: { GeneratorArgs: generatorArgs } };
const secretArgs: Struct = { struct: 'SecretArgs', fields: { type: S }, embedded: { GeneratorArgs: generatorArgs } };
const patch: Struct = {
  struct: 'Patch',
  fields: {
    path: S,
    patch: S,
    target: selector,
    options: { struct: 'PatchArgs', fields: { allowNameChange: 'bool', allowKindChange: 'bool' } },
  },
};
const label: Struct = {
  struct: 'Label',
  fields: { pairs, includeSelectors: 'bool', includeTemplates: 'bool', fields: list(fieldSpec) },
};
const image: Struct = { struct: 'Image', fields: { name: S, newName: S, tagSuffix: S, newTag: S, digest: S } };
const fieldOptions: Struct = {
  struct: 'FieldOptions',
  fields: { delimiter: S, index: 'int', encoding: S, create: 'bool' },
};
const replacementOnly: Struct = {
  struct: 'Replacement',
  fields: {
    source: {
      struct: 'SourceSelector',
      fields: { fieldPath: S, options: fieldOptions },
      embedded: { ResId: resId },
    },
    targets: list({
      struct: 'TargetSelector',
      fields: { select: selector, reject: list(selector), fieldPaths: texts, options: fieldOptions },
    }),
    sourceValue: S,
  },
};
const replacement: Struct = {
  struct: 'ReplacementField',
  fields: { path: S },
  embedded: { Replacement: replacementOnly },
};
const replica: Struct = { struct: 'Replica', fields: { name: S, count: 'int64' } };
const variable: Struct = {
  struct: 'Var',
  fields: {
    name: S,
    objref: { struct: 'Target', fields: { apiVersion: S, name: S, namespace: S }, embedded: { Gvk: gvk } },
    fieldref: { struct: 'FieldSelector', fields: { fieldPath: S } },
  },
};
const sortOptions: Struct = {
  struct: 'SortOptions',
  fields: {
    order: S,
    legacySortOptions: { struct: 'LegacySortOptions', fields: { orderFirst: texts, orderLast: texts } },
  },
};
const objectMeta: Struct = {
  struct: 'ObjectMeta',
  fields: { name: S, namespace: S, labels: pairs, annotations: pairs },
};
const helmGlobals: Struct = { struct: 'HelmGlobals', fields: { chartHome: S, configHome: S } };
const helmChart: Struct = {
  struct: 'HelmChart',
  fields: {
    name: S,
    version: S,
    repo: S,
    releaseName: S,
    namespace: S,
    additionalValuesFiles: texts,
    valuesFile: S,
    valuesInline: 'any',
    valuesMerge: S,
    includeCRDs: 'bool',
    skipHooks: 'bool',
    apiVersions: texts,
    kubeVersion: S,
    nameTemplate: S,
    skipTests: 'bool',
    debug: 'bool',
    devel: 'bool',
  },
};
const helmChartArgs: Struct = {
  struct: 'HelmChartArgs',
  fields: {
    chartName: S,
    chartVersion: S,
    chartRepoUrl: S,
    chartHome: S,
    chartRepoName: S,
    helmBin: S,
    helmHome: S,
    values: S,
    valuesLocal: 'any',
    valuesMerge: S,
    releaseName: S,
    releaseNamespace: S,
    extraArgs: texts,
  },
};

const kustomization: Struct = {
  struct: 'Kustomization',
  fields: {
    metadata: objectMeta,
    openapi: pairs,
    namePrefix: S,
    nameSuffix: S,
    namespace: S,
    commonLabels: pairs,
    labels: list(label),
    commonAnnotations: pairs,
    patchesStrategicMerge: texts,
    patchesJson6902: list(patch),
    patches: list(patch),
    images: list(image),
    imageTags: list(image),
    replacements: list(replacement),
    replicas: list(replica),
    vars: list(variable),
    sortOptions,
    resources: texts,
    components: texts,
    crds: texts,
    bases: texts,
    configMapGenerator: list(configMapArgs),
    secretGenerator: list(secretArgs),
    helmGlobals,
    helmCharts: list(helmChart),
    helmChartInflationGenerator: list(helmChartArgs),
    generatorOptions,
    configurations: texts,
    generators: texts,
    transformers: texts,
    validators: texts,
    buildMetadata: texts,
  },
  embedded: { TypeMeta: { struct: 'TypeMeta', fields: { kind: S, apiVersion: S } } },
};

/** The shapes that configurations of built-in plugins share with the kustomization. */
export const shapes = {
  configMapArgs,
  fieldSpec,
  image,
  objectMeta,
  patch,
  replacement,
  replacementOnly,
  replica,
  secretArgs,
  selector,
  sortOptions,
} as const;

export const KUSTOMIZATION_FILES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

const FIX = "Run 'kustomize edit fix' to update your Kustomization automatically.";
const DEPRECATED: readonly (readonly [field: keyof Kustomization, instead: string, experimental?: string])[] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['imageTags', 'images'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
  ['vars', 'replacements', '[EXPERIMENTAL] '],
];

/** Reads a kustomization; `warn` is told what is deprecated in it. @throws Error `invalid Kustomization: …` and the like. */
export function parseKustomization(text: string, root: string, warn: (line: string) => void): Kustomization {
  let decoded: JsonObject;
  try {
    decoded = decodeStruct(yamlToJson(text), kustomization);
  } catch (error) {
    throw new Error(`invalid Kustomization: ${(error as Error).message}`);
  }
  const read = decoded as unknown as Kustomization;
  for (const [field, instead, experimental = ''] of DEPRECATED) {
    if (read[field] !== undefined)
      warn(`# Warning: '${field}' is deprecated. Please use '${instead}' instead. ${experimental}${FIX}`);
  }
  const fixed = fix(read);
  if (Object.keys(decoded).every((key) => key === 'kind' || key === 'apiVersion')) {
    throw new Error('kustomization.yaml is empty');
  }
  const problems = typeProblems(fixed);
  if (problems.length > 0) {
    throw new Error(`Failed to read kustomization file under ${root}:\n${problems.join('\n')}`);
  }
  return fixed;
}

/** sigs.k8s.io/yaml YAMLToJSON: of keys that stand twice the last counts. @throws Error `yaml: line 3: …` */
export function yamlToJson(text: string): Json {
  try {
    return parseYaml(text, { duplicateKeys: 'last' });
  } catch (error) {
    if (error instanceof ManifestError) throw new Error(error.message.replace('error converting YAML to JSON: ', ''));
    throw error;
  }
}

function fix(read: Kustomization): Kustomization {
  const kind = read.kind || 'Kustomization';
  const fixed: Kustomization = { ...read, kind, apiVersion: read.apiVersion || versionFor(kind) };
  if (read.bases) fixed.resources = [...(read.resources ?? []), ...read.bases];
  if (read.imageTags) fixed.images = [...(read.images ?? []), ...read.imageTags];
  const envs = (args: GeneratorArgs): GeneratorArgs => {
    const { env, ...rest } = args;
    return env ? { ...rest, envs: [...(args.envs ?? []), env] } : rest;
  };
  if (read.configMapGenerator) fixed.configMapGenerator = read.configMapGenerator.map(envs);
  if (read.secretGenerator) fixed.secretGenerator = read.secretGenerator.map(envs);
  if (read.helmChartInflationGenerator) {
    // The names that charts had here before (types.SplitHelmParameters).
    const charts = read.helmChartInflationGenerator.map(
      ({ chartName }): JsonObject => (chartName ? { name: chartName } : {}),
    );
    fixed.helmCharts = [...(read.helmCharts ?? []), ...charts];
  }
  return fixed;
}

function versionFor(kind: string): string {
  return kind === 'Component' ? 'kustomize.config.k8s.io/v1alpha1' : 'kustomize.config.k8s.io/v1beta1';
}

function typeProblems({ kind, apiVersion }: Kustomization): string[] {
  const problems: string[] = [];
  if (kind !== 'Kustomization' && kind !== 'Component') problems.push('kind should be Kustomization or Component');
  const wanted = versionFor(kind);
  if (apiVersion !== wanted) problems.push(`apiVersion for ${kind} should be ${wanted}`);
  return problems;
}
