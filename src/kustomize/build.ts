/**
 * Builds a kustomization: gathers resources from files, bases, components and generators, and changes them step by step
 * (api/krusty, api/internal/target). As the kustomize v5.8.1 that is in kubectl 1.36 does it.
 */
import { type Json, type JsonObject, jsonOf } from '../apimachinery/json';
import { toYaml } from '../yaml/write';
import { emptyConfig, loadConfigurations, loadCrds, mergeConfigs, type TransformerConfig } from './config';
import { type GeneratedKind, generate, withGlobalOptions } from './generators';
import {
  KUSTOMIZATION_FILES,
  type Kustomization,
  parseKustomization,
  type SortOptions,
  type Var,
  yamlToJson,
} from './kustomization';
import { type FileSystem, Loader, type LoadRestrictions, RemoteError } from './loader';
import { builtinSchemas, customSchemas, type MergeSchemas } from './merge-schema';
import { checkMetadata } from './node-read';
import { addTransformation, type Origin, originOfBuiltin, originOfFile, originOfPlugin, setOrigin } from './origin';
import { joinPath } from './paths';
import { configurePlugin, type Generator, resourcesIn } from './plugins';
import { annotationsOf, LOCAL_CONFIG, ORIGIN, type Resource, TRANSFORMATIONS } from './resource';
import { ResourceList } from './resource-list';
import { setImage } from './transformers/images';
import { labelPlaces, setEntries } from './transformers/labels';
import { fixNameReferences } from './transformers/name-references';
import { affixNames, hashNames } from './transformers/names';
import { setNamespace } from './transformers/namespace';
import { applyJson6902, applyPatch, applyStrategicMerge } from './transformers/patches';
import { applyReplacements } from './transformers/replacements';
import { setReplicas } from './transformers/replicas';
import { sortResources } from './transformers/sort-order';
import type { StepContext, Transformer } from './transformers/transformer';
import { addVars, mergeVars, resolveVars } from './transformers/vars';

export interface BuildOptions {
  loadRestrictions?: LoadRestrictions;
  /** The order where the kustomization says none; `legacy` unless told. */
  reorder?: 'legacy' | 'none';
  /** Told of what is deprecated: lines for standard error. */
  warn?(line: string): void;
  /** Adds the label `app.kubernetes.io/managed-by`. */
  managedByLabel?: boolean;
  /** Charts may be asked for; all the same they are not rendered here, and the complaint says so. */
  enableHelm?: boolean;
}

/** The resources that the kustomization in a folder makes, in the order of the output. @throws Error with upstream's text */
export async function buildKustomization(
  files: FileSystem,
  path: string,
  options: BuildOptions = {},
): Promise<Resource[]> {
  const { loadRestrictions = 'LoadRestrictionsRootOnly', reorder = 'legacy', warn = () => {} } = options;
  const shared: Shared = { warn, schemas: undefined, metadata: [], enableHelm: options.enableHelm === true };
  const target = new Target(Loader.at(files, path, loadRestrictions), shared, '');
  shared.metadata = target.kustomization.buildMetadata ?? [];
  const list = await target.build();
  const { sortOptions } = target.kustomization;
  const order: SortOptions | undefined = sortOptions ?? (reorder === 'legacy' ? { order: 'legacy' } : undefined);
  if (order) await sortResources(order)(list);
  const { metadata } = shared;
  if (options.managedByLabel || metadata.includes('managedByLabel')) {
    const places = [{ path: 'metadata/labels', create: true }];
    await setEntries({ 'app.kubernetes.io/managed-by': 'kustomize-v5.8.1' }, places)(list);
  }
  for (const resource of list.resources) resource.removeBuildAnnotations();
  if (!metadata.includes('originAnnotations')) list.removeTracking(ORIGIN);
  if (!metadata.includes('transformerAnnotations')) list.removeTracking(TRANSFORMATIONS);
  return list.resources;
}

/** What all kustomizations of one build have in common. */
interface Shared {
  warn(line: string): void;
  /** Set by the first kustomization with an `openapi` field. */
  schemas: MergeSchemas | undefined;
  /** buildMetadata of the outermost one. */
  metadata: readonly string[];
  readonly enableHelm: boolean;
}

/** What has been gathered so far (accumulator.ResAccumulator). */
class Accumulator {
  readonly list = new ResourceList();
  config: TransformerConfig = emptyConfig();
  readonly vars = new Map<string, Var>();

  merge(other: Accumulator): void {
    this.list.appendAll(other.list.resources);
    this.config = mergeConfigs(this.config, other.config);
    addVars(this.vars, other.vars.values());
  }
}

/** One kustomization (target.KustTarget). `folder`: where it is, seen from the outermost one. */
class Target {
  readonly kustomization: Kustomization;
  private readonly file: string;

  constructor(
    private readonly loader: Loader,
    private readonly shared: Shared,
    private readonly folder: string,
  ) {
    const { file, text } = findFile(loader);
    this.file = file;
    this.kustomization = parseKustomization(text, loader.root, shared.warn);
    this.useOpenApi();
  }

  private useOpenApi(): void {
    const { openapi } = this.kustomization;
    if (!openapi) return;
    const text = openapi.path === undefined ? undefined : this.loader.text(openapi.path);
    if (this.shared.schemas) return;
    if (text !== undefined) {
      if (openapi.version !== undefined) {
        throw new Error('builtin version and custom schema provided, cannot use both');
      }
      this.shared.schemas = customSchemas(yamlToJson(text));
    } else if (openapi.version) {
      if (openapi.version !== 'v1.21.2') throw new Error('the specified OpenAPI version is not built in');
      this.shared.schemas = builtinSchemas;
    }
  }

  async build(): Promise<ResourceList> {
    const gathered = await this.gather(new Accumulator());
    const { list, config, vars } = gathered;
    await hashNames(list);
    await fixNameReferences(config.nameReference)(list);
    resolveVars(vars, config.varReference, list, (names) =>
      this.shared.warn(`well-defined vars that were never replaced: ${names.join(',')}`),
    );
    list.resources = list.resources.filter((resource) => {
      if (resource.isEmpty) return false;
      checkMetadata(resource.node);
      const local = annotationsOf(resource.node).get(LOCAL_CONFIG);
      return local === undefined || local === 'false';
    });
    return list;
  }

  /** Adds all of this kustomization to what is there, and changes it (KustTarget.accumulateTarget). */
  async gather(into: Accumulator): Promise<Accumulator> {
    const { kustomization, loader } = this;
    let gathered = await around('accumulating resources', () => this.addResources(into, kustomization.resources ?? []));
    const configurations = loadConfigurations(loader, kustomization.configurations ?? []);
    gathered.config = mergeConfigs(gathered.config, configurations);
    const crds = kustomization.crds ?? [];
    if (crds.length > 0) {
      const config = await around(`loading CRDs [${crds.join(' ')}]`, async () => loadCrds(loader, crds));
      gathered.config = mergeConfigs(gathered.config, config);
    }
    await this.runGenerators(gathered);
    gathered = await around('accumulating components', () =>
      this.addComponents(gathered, kustomization.components ?? []),
    );
    await this.runTransformers(gathered);
    await this.runValidators(gathered);
    const vars = kustomization.vars ?? [];
    if (vars.length > 0) {
      await around(`merging vars ${vars.map((each) => each.name).join(' ')}`, async () =>
        mergeVars(gathered.vars, vars, gathered.list),
      );
    }
    return gathered;
  }

  /** A path is a file, or else the folder of a base. */
  private async addResources(into: Accumulator, paths: readonly string[]): Promise<Accumulator> {
    for (const path of paths) {
      let fileError: Error;
      try {
        this.addFile(into, path);
        continue;
      } catch (error) {
        if (error instanceof RemoteError) throw error;
        fileError = error as Error;
      }
      let below: Loader;
      try {
        below = this.loader.below(path);
      } catch (error) {
        if (error instanceof RemoteError) throw error;
        if (fileError.message.includes('MalformedYAMLError')) throw fileError;
        throw new Error(`accumulation err='${fileError.message}': ${(error as Error).message}`);
      }
      await around(`accumulation err='${fileError.message}'`, () => this.addFolder(into, below, path, false));
    }
    return into;
  }

  private addFile(into: Accumulator, path: string): void {
    let resources: Resource[];
    try {
      resources = resourcesIn(this.loader.text(path), path);
      new ResourceList().appendAll(resources);
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      throw new Error(`accumulating resources from '${path}': ${(error as Error).message}`);
    }
    if (this.tracks) for (const resource of resources) setOrigin(resource, originOfFile(this.folder, path));
    try {
      into.list.appendAll(resources);
    } catch (error) {
      throw new Error(`merging resources from '${path}': ${(error as Error).message}`);
    }
  }

  private async addComponents(into: Accumulator, paths: readonly string[]): Promise<Accumulator> {
    let gathered = into;
    for (const path of paths) {
      let below: Loader;
      try {
        below = this.loader.below(path);
      } catch (error) {
        throw new Error(`loader.New ${JSON.stringify((error as Error).message)}`);
      }
      try {
        gathered = await this.addFolder(gathered, below, path, true);
      } catch (error) {
        throw new Error(`accumulateDirectory: ${JSON.stringify((error as Error).message)}`);
      }
    }
    return gathered;
  }

  /** A component works on what is there already; a base is built for itself and added. */
  private async addFolder(into: Accumulator, loader: Loader, path: string, isComponent: boolean): Promise<Accumulator> {
    const target = await around(
      `couldn't make target for path '${loader.root}'`,
      async () => new Target(loader, this.shared, joinPath(this.folder, path)),
    );
    const { kind } = target.kustomization;
    if (isComponent && kind !== 'Component') {
      throw new Error(`expected kind 'Component' for path '${loader.root}' but got '${kind}'`);
    }
    if (!isComponent && kind === 'Component') throw new Error(`expected kind != 'Component' for path '${loader.root}'`);
    const gathered = await around(`recursed accumulation of path '${loader.root}'`, () =>
      target.gather(isComponent ? into : new Accumulator()),
    );
    if (isComponent) return gathered;
    await around(`recursed merging from path '${loader.root}'`, async () => into.merge(gathered));
    return into;
  }

  private get tracks(): boolean {
    return this.shared.metadata.length > 0;
  }

  private builtinOrigin(kind: string): Origin | undefined {
    return this.tracks ? originOfBuiltin(this.folder, this.file, kind) : undefined;
  }

  private get context(): StepContext {
    return { loader: this.loader, schemas: this.shared.schemas ?? builtinSchemas };
  }

  private async runGenerators(gathered: Accumulator): Promise<void> {
    const { kustomization, loader } = this;
    const generators: { generate: Generator; origin: Origin | undefined }[] = [];
    for (const [kind, field] of [
      ['ConfigMap', 'configMapGenerator'],
      ['Secret', 'secretGenerator'],
    ] as const satisfies readonly (readonly [GeneratedKind, string])[]) {
      for (const given of kustomization[field] ?? []) {
        const args = withGlobalOptions(given, kustomization.generatorOptions);
        generators.push({
          generate: () => [generate(kind, args, loader)],
          origin: this.builtinOrigin(`${kind}Generator`),
        });
      }
    }
    this.refuseHelm();
    if (kustomization.generators) {
      const plugins = await this.plugins(kustomization.generators, 'loading generator plugins: ');
      for (const plugin of plugins) {
        let made: Generator;
        try {
          made = configurePlugin(plugin, 'generator', this.context) as Generator;
        } catch (error) {
          throw new Error(`loading generator plugins: failed to load generator: ${(error as Error).message}`);
        }
        generators.push({ generate: made, origin: originOfPlugin(plugin) });
      }
    }
    for (const { generate: make, origin } of generators) {
      for (const resource of make()) {
        setOrigin(resource, origin);
        try {
          gathered.list.absorb(resource);
        } catch (error) {
          throw new Error(`merging from generator &{0xc000000000 <nil>}: ${(error as Error).message}`);
        }
      }
    }
  }

  private refuseHelm(): void {
    const [chart] = this.kustomization.helmCharts ?? [];
    if (!chart) return;
    const { namespace } = this.kustomization;
    const config = { ...this.kustomization.helmGlobals, ...chart, ...(namespace ? { namespace } : {}) };
    this.configure('HelmChartInflationGenerator', config as JsonObject, () => {
      throw new Error(
        this.shared.enableHelm
          ? 'charts are not rendered here: write out what "helm template" makes, and name the file under resources'
          : 'must specify --enable-helm',
      );
    });
  }

  /** Resources that configure plugins: inline, or from files and folders. */
  private async plugins(entries: readonly string[], prefix = ''): Promise<Resource[]> {
    const gathered = new Accumulator();
    const paths: string[] = [];
    for (const entry of entries) {
      let inline: Resource[];
      try {
        inline = resourcesIn(entry, '');
      } catch {
        paths.push(entry);
        continue;
      }
      if (this.tracks) for (const resource of inline) setOrigin(resource, originOfFile(this.folder, this.file));
      gathered.list.appendAll(inline);
    }
    try {
      await this.addResources(gathered, paths);
    } catch (error) {
      throw new Error(prefix + (error as Error).message);
    }
    return gathered.list.resources;
  }

  /** Makes a step, and says what it was to be made from when it can't be. */
  private configure<T>(kind: string, config: JsonObject, make: (yaml: string) => T): T {
    const yaml = toYaml(config);
    try {
      return make(yaml);
    } catch (error) {
      throw new Error(`trouble configuring builtin ${kind} with config: \`\n${yaml}\`: ${(error as Error).message}`);
    }
  }

  private async runTransformers({ list, config }: Accumulator): Promise<void> {
    const steps: { kind: string; step: Transformer }[] = this.builtinSteps(config);
    const all = steps.map(({ kind, step }) => ({ step, origin: this.builtinOrigin(kind) }));
    for (const plugin of await this.plugins(this.kustomization.transformers ?? [])) {
      const step = configurePlugin(plugin, 'transformer', this.context) as Transformer;
      all.push({ step, origin: originOfPlugin(plugin) });
    }
    for (const { step, origin } of all) {
      await step(list);
      if (origin) for (const resource of list.resources) addTransformation(resource, origin);
      list.dropEmpty();
    }
  }

  /** In the order in which upstream has them, whatever their order in the file. */
  private builtinSteps(config: TransformerConfig): { kind: string; step: Transformer }[] {
    const { kustomization: k, context } = this;
    const steps: { kind: string; step: Transformer }[] = [];
    const add = (kind: string, values: object, make: (yaml: string) => Transformer) => {
      steps.push({ kind, step: this.configure(kind, jsonOf(values), make) });
    };
    const merges = k.patchesStrategicMerge ?? [];
    if (merges.length > 0)
      add('PatchStrategicMergeTransformer', { paths: merges }, () => applyStrategicMerge(merges, context));
    for (const patch of k.patches ?? [])
      add('PatchTransformer', withoutEmpty(patch), (yaml) => applyPatch(patch, yaml, context));
    if (k.namespace) {
      const { namespace } = k;
      add('NamespaceTransformer', { metadata: { namespace } }, () => setNamespace(namespace, config.namespace));
    }
    const { namePrefix = '', nameSuffix = '' } = k;
    if (namePrefix)
      add('PrefixTransformer', { prefix: namePrefix }, () => affixNames('prefix', namePrefix, config.namePrefix));
    if (nameSuffix)
      add('SuffixTransformer', { suffix: nameSuffix }, () => affixNames('suffix', nameSuffix, config.nameSuffix));
    const labels = k.labels ?? [];
    const commonLabels = k.commonLabels ?? {};
    if (labels.length > 0 || Object.keys(commonLabels).length > 0) {
      for (const label of labels) {
        const places = labelPlaces(label, config);
        steps.push({ kind: 'LabelTransformer', step: setEntries(label.pairs ?? {}, places) });
      }
      steps.push({ kind: 'LabelTransformer', step: setEntries(commonLabels, config.commonLabels) });
    }
    const annotations = k.commonAnnotations ?? {};
    if (Object.keys(annotations).length > 0)
      steps.push({ kind: 'AnnotationsTransformer', step: setEntries(annotations, config.commonAnnotations) });
    for (const patch of k.patchesJson6902 ?? []) {
      const { patch: jsonOp, options: _, ...rest } = patch;
      const shown = withoutEmpty({ ...rest, ...(jsonOp ? { jsonOp } : {}) });
      add('PatchJson6902Transformer', shown, () => applyJson6902(patch, context));
    }
    for (const { name = '', count = 0 } of k.replicas ?? [])
      steps.push({ kind: 'ReplicaCountTransformer', step: setReplicas(name, count, config.replicas) });
    for (const image of k.images ?? [])
      add('ImageTagTransformer', { ImageTag: image }, () => setImage(image, config.images));
    const replacements = k.replacements ?? [];
    if (replacements.length > 0)
      add('ReplacementTransformer', { Replacements: replacements }, () => applyReplacements(replacements, context));
    return steps;
  }

  private async runValidators({ list }: Accumulator): Promise<void> {
    for (const plugin of await this.plugins(this.kustomization.validators ?? [])) {
      await (configurePlugin(plugin, 'transformer', this.context) as Transformer)(list);
    }
  }
}

function withoutEmpty(values: object): JsonObject {
  return Object.fromEntries(Object.entries(jsonOf(values)).filter(([, value]) => value !== '')) as Record<string, Json>;
}

function findFile(loader: Loader): { file: string; text: string } {
  const found = KUSTOMIZATION_FILES.flatMap((file) => {
    try {
      return [{ file, text: loader.text(file) }];
    } catch {
      return [];
    }
  });
  if (found.length > 1) throw new Error(`Found multiple kustomization files under: ${loader.root}\n`);
  if (found[0]) return found[0];
  const [first, second, third] = KUSTOMIZATION_FILES.map((file) => `'${file}'`);
  throw new Error(`unable to find one of ${first}, ${second} or ${third} in directory '${loader.root}'`);
}

/** Puts what was being done before an error's message. */
async function around<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw Object.assign(error, { message: `${doing}: ${error.message}` });
  }
}
