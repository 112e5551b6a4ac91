/** generators, transformers and validators: the built-in ones by a file of their own; all others are refused (plugins/loader). */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { decodeStruct, type Shape, type Struct } from './decode-struct';
import type { FieldSpec } from './field-spec';
import { lookup, setScalar, splitPath } from './fields';
import { type GeneratedKind, generate } from './generators';
import { formatGvk, formatId } from './ids';
import { type GeneratorArgs, type Image, type Patch, type Replacement, shapes } from './kustomization';
import { scalarNode } from './node';
import { readObjects } from './node-read';
import { nodeOfJson, nodeToJson } from './node-value';
import { Resource } from './resource';
import { formatResource, type Selector } from './resource-list';
import { setImage } from './transformers/images';
import { setEntries } from './transformers/labels';
import { affixNames, hashNames } from './transformers/names';
import { type NamespaceOptions, setNamespace } from './transformers/namespace';
import { applyJson6902, applyPatch, applyStrategicMerge, withFile } from './transformers/patches';
import { applyReplacements } from './transformers/replacements';
import { setReplicas } from './transformers/replicas';
import type { StepContext, Transformer } from './transformers/transformer';

export type Generator = () => Resource[];

const meta: Struct = shapes.objectMeta;
const fieldSpecs: Shape = { list: shapes.fieldSpec };
const texts: Shape = { map: 'string' };
const text = 'string' as const;

/** What the configuration of each holds beside apiVersion, kind and metadata; `configure` makes the step of it. */
interface Plugin {
  readonly fields: Struct['fields'];
  readonly embedded?: Struct['embedded'];
  configure(config: JsonObject, context: StepContext, yaml: string): Transformer | Generator;
  readonly generates?: true;
}

const specsOf = (config: JsonObject) => (config.fieldSpecs ?? []) as unknown as FieldSpec[];
const metadataOf = (config: JsonObject) => (isObject(config.metadata) ? config.metadata : {});
const entriesOf = (value: Json | undefined) => (value ?? {}) as Record<string, string>;

function generator(kind: GeneratedKind): Plugin {
  return {
    fields: { metadata: meta },
    embedded: kind === 'Secret' ? { SecretArgs: shapes.secretArgs } : { ConfigMapArgs: shapes.configMapArgs },
    generates: true,
    configure(config, { loader }) {
      const { name, namespace } = metadataOf(config) as { name?: string; namespace?: string };
      const args = { ...(name ? { name } : {}), ...(namespace ? { namespace } : {}), ...config } as GeneratorArgs;
      return () => [generate(kind, args, loader)];
    },
  };
}

function affix(kind: 'prefix' | 'suffix'): Plugin {
  return {
    fields: { [kind]: text, fieldSpecs },
    configure(config) {
      if (!config.fieldSpecs) throw new Error('fieldSpecs is not expected to be nil');
      return affixNames(kind, (config[kind] ?? '') as string, specsOf(config));
    },
  };
}

const PLUGINS: Readonly<Record<string, Plugin>> = {
  ConfigMapGenerator: generator('ConfigMap'),
  SecretGenerator: generator('Secret'),
  PrefixTransformer: affix('prefix'),
  SuffixTransformer: affix('suffix'),
  PrefixSuffixTransformer: {
    fields: { prefix: text, suffix: text, fieldSpecs },
    configure(config) {
      if (!config.fieldSpecs) throw new Error('fieldSpecs is not expected to be nil');
      const prefix = affixNames('prefix', (config.prefix ?? '') as string, specsOf(config));
      const suffix = affixNames('suffix', (config.suffix ?? '') as string, specsOf(config));
      return async (list) => {
        await prefix(list);
        await suffix(list);
      };
    },
  },
  IAMPolicyGenerator: {
    fields: {
      cloud: text,
      kubernetesService: { struct: 'KubernetesService', fields: { name: text, namespace: text } },
      serviceAccount: { struct: 'ServiceAccount', fields: { name: text, projectId: text } },
    },
    generates: true,
    configure: (config) => () => [workloadIdentity(config)],
  },
  HashTransformer: { fields: {}, configure: () => hashNames },
  LabelTransformer: {
    fields: { labels: texts, fieldSpecs },
    configure: (config) => setEntries(entriesOf(config.labels), specsOf(config)),
  },
  AnnotationsTransformer: {
    fields: { annotations: texts, fieldSpecs },
    configure: (config) => setEntries(entriesOf(config.annotations), specsOf(config)),
  },
  NamespaceTransformer: {
    fields: { metadata: meta, fieldSpecs, unsetOnly: 'bool', setRoleBindingSubjects: text },
    configure: (config) =>
      setNamespace((metadataOf(config).namespace ?? '') as string, specsOf(config), config as NamespaceOptions),
  },
  ImageTagTransformer: {
    fields: { imageTag: shapes.image, fieldSpecs },
    configure: (config) => setImage((config.imageTag ?? {}) as Image, specsOf(config)),
  },
  ReplicaCountTransformer: {
    fields: { replica: shapes.replica, fieldSpecs },
    configure(config) {
      const { name = '', count = 0 } = (config.replica ?? {}) as { name?: string; count?: number };
      return setReplicas(name, count, specsOf(config));
    },
  },
  PatchTransformer: {
    fields: shapes.patch.fields,
    configure: (config, context, yaml) => applyPatch(config as Patch, yaml, context),
  },
  PatchJson6902Transformer: {
    fields: { target: shapes.selector, path: text, jsonOp: text },
    configure: ({ jsonOp, ...config }, context) =>
      applyJson6902({ ...(config as Patch), ...(jsonOp ? { patch: jsonOp as string } : {}) }, context),
  },
  PatchStrategicMergeTransformer: {
    fields: { paths: { list: text }, patches: text },
    configure(config, context) {
      const entries = [...((config.paths ?? []) as string[]), ...(config.patches ? [config.patches as string] : [])];
      if (entries.length === 0) throw new Error('empty file path and empty patch content');
      return applyStrategicMerge(entries, context);
    },
  },
  ReplacementTransformer: {
    fields: { replacements: { list: shapes.replacement } },
    configure: (config, context) => applyReplacements((config.replacements ?? []) as unknown as Replacement[], context),
  },
  ValueAddTransformer: {
    fields: {
      value: text,
      targetFilePath: text,
      targets: {
        list: {
          struct: 'Target',
          fields: { notInThese: { list: shapes.selector }, fieldPath: text, filePathPosition: 'int' },
          embedded: { Selector: shapes.selector },
        },
      },
    },
    configure: configureValueAdd,
  },
};

/** ValueAddTransformer: a text into fields, or as a step into paths that stand there. */
function configureValueAdd(config: JsonObject): Transformer {
  const value = (config.value ?? '') as string;
  const targets = (config.targets ?? []) as unknown as (Selector & { fieldPath?: string; filePathPosition?: number })[];
  if (value === '' && !config.targetFilePath) throw new Error('value and targetFilePath cannot both be empty');
  return (list) => {
    for (const target of targets) {
      for (const { node } of list.select(target)) {
        const field = lookup(node, splitPath(target.fieldPath || 'metadata/namespace', '/'), 'scalar');
        if (!field) continue;
        const position = target.filePathPosition ?? 0;
        setScalar(field, scalarNode(position > 0 ? insertStep(field.value, position - 1, value) : value));
      }
    }
  };
}

function insertStep(path: string, at: number, step: string): string {
  if (path === '') return step;
  const absolute = path.startsWith('/');
  const steps = (absolute ? path.slice(1) : path).split('/').filter((part) => part !== '');
  steps.splice(Math.min(at, steps.length), 0, step);
  return `${absolute ? '/' : ''}${steps.join('/')}`;
}

/** The account of a cloud's own that pods act as (filters/iampolicygenerator). */
function workloadIdentity({ cloud, kubernetesService, serviceAccount }: JsonObject): Resource {
  if (cloud !== 'gke') throw new Error(`cloud provider ${cloud ?? ''} not supported yet`);
  const { name = '', namespace } = (kubernetesService ?? {}) as { name?: string; namespace?: string };
  const account = (serviceAccount ?? {}) as { name?: string; projectId?: string };
  const email = `${account.name ?? ''}@${account.projectId ?? ''}.iam.gserviceaccount.com`;
  const metadata = { annotations: { 'iam.gke.io/gcp-service-account': email }, name };
  return new Resource(
    nodeOfJson({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: namespace ? { ...metadata, namespace } : metadata,
    }),
  );
}

/** One plugin that a resource configures. */
export function configurePlugin(
  resource: Resource,
  role: 'generator' | 'transformer',
  context: StepContext,
): Transformer | Generator {
  const { gvk, originalId, kind } = resource;
  if (gvk.group !== '' || gvk.version !== 'builtin') {
    throw new Error(`external plugins disabled; unable to load external plugin '${kind}'`);
  }
  const plugin = Object.hasOwn(PLUGINS, kind) ? PLUGINS[kind] : undefined;
  if (!plugin) throw new Error(`unable to load builtin ${formatGvk(gvk)}`);
  let step: Transformer | Generator;
  try {
    const struct: Struct = {
      struct: kind,
      fields: plugin.fields,
      ...(plugin.embedded ? { embedded: plugin.embedded } : {}),
    };
    const config = decodeStruct(nodeToJson(resource.node), struct, true);
    step = plugin.configure(config, context, formatResource(resource));
  } catch (error) {
    throw new Error(`plugin ${formatId(originalId)} fails configuration: ${(error as Error).message}`);
  }
  if ((plugin.generates === true) !== (role === 'generator')) {
    throw new Error(`plugin ${formatId(originalId)} not a ${role}`);
  }
  return step;
}

/** The resources of a file. @throws Error that names the file where the text is not YAML. */
export function resourcesIn(text: string, path: string): Resource[] {
  try {
    return readObjects(text).map((node) => new Resource(node));
  } catch (error) {
    throw withFile(error as Error, path);
  }
}
