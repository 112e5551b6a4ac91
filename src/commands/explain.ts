/** `explain`: what the fields of a resource are for. */
import { isObject, type Json } from '../apimachinery/json';
import { formatGroupResource, type GroupVersionKind, type KubeObject, parseGroupVersion } from '../apimachinery/meta';
import { isReason } from '../apimachinery/status';
import type { Client } from '../client/client';
import type { RestMapper } from '../client/rest-mapper';
import type { ResourceInfo, Schema } from '../schema/schema';
import { type Command, CommandError } from './command';
import { NoResourceMatchError } from './errors';

const command: Command = {
  use: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  short: 'Get documentation for a resource',
  long: 'Tell what the fields of a resource are, their types, which are required, and what they are for. A field is named by its path:\n\n        <type>.<fieldName>[.<fieldName>]\n\nThe server says what there is to say of custom resources.\n\nUse "kubectl api-resources" for a complete list of supported resources.',
  examples: `# A resource and its fields
kubectl explain pods

# All its fields, and theirs
kubectl explain pods --recursive

# As a certain version of the API has it
kubectl explain deployments --api-version=apps/v1

# One field
kubectl explain pods.spec.containers

# In the older layout
kubectl explain deployment --output=plaintext-openapiv2`,
  flags: [
    {
      name: 'recursive',
      shorthand: 'R',
      type: 'bool',
      usage: 'Print the fields of fields (Currently only 1 level deep)',
    },
    {
      name: 'api-version',
      type: 'string',
      usage: 'Get different explanations for particular API version (API group/version)',
    },
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      default: 'plaintext',
      usage: 'Format in which to render the schema (plaintext, plaintext-openapiv2)',
    },
  ],
  async run(invocation) {
    const { args, flags, streams, program } = invocation;
    if (args.length === 0) {
      throw new CommandError(
        `You must specify the type of resource to explain. Use "${program} api-resources" for a complete list of supported resources.\n`,
      );
    }
    if (args.length > 1) throw new CommandError('We accept only this format: explain RESOURCE\n');
    const apiVersion = flags.string('api-version');
    const { resource, fieldPath } = target(args[0] as string, await invocation.mapper(), apiVersion !== '');
    const output = flags.string('output');
    const gvk: GroupVersionKind =
      apiVersion === '' ? resource : { ...parseApiVersion(apiVersion), kind: resource.kind };
    const schema = await schemaForExplain(await invocation.client(), resource, gvk);
    if (output === 'plaintext-openapiv2') {
      if (!schema) throw new CommandError(`couldn't find resource for "${formatKind(gvk)}"`);
      const { explainOpenApiV2 } = await import('./explain/plaintext-openapiv2');
      streams.out(explainOpenApiV2(gvk, schema, fieldPath, flags.bool('recursive')));
      return;
    }
    if (!schema) throw new CommandError(`couldn't find resource for "${formatResource(gvk, resource.plural)}"`);
    if (output !== 'plaintext') throw new CommandError(`unrecognized format: ${output}`);
    const { explainPlaintext } = await import('./explain/plaintext');
    streams.out(explainPlaintext(gvk, schema, fieldPath, flags.bool('recursive')));
  },
};

export default command;

/**
 * The schema, with descriptions, that the server has for a resource; undefined where it has none. Built-in kinds are the
 * same everywhere and come compiled; a custom one is read from its definition.
 */
export async function schemaForExplain(
  client: Client,
  resource: ResourceInfo,
  gvk: GroupVersionKind,
): Promise<Schema | undefined> {
  const { describedSchema } = await import('../schema/catalog');
  const builtin = describedSchema(gvk.group, gvk.version, gvk.kind);
  if (builtin || resource.group === '') return builtin;
  const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
  let definition: KubeObject;
  try {
    definition = await client.get(definitions, '', `${resource.plural}.${resource.group}`);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
  const versions: { name: string; schema?: { openAPIV3Schema?: Json } }[] = definition.spec?.versions ?? [];
  const schema = versions.find((version) => version.name === gvk.version)?.schema?.openAPIV3Schema;
  if (!isObject(schema)) return undefined;
  const [{ schemaFromCrd }, { describedSchemaNamed }] = await Promise.all([
    import('../schema/from-crd'),
    import('../schema/catalog'),
  ]);
  return withSharedFields(schemaFromCrd(schema), describedSchemaNamed('core/v1.Pod') as Schema);
}

/** What all kinds have is described as every kind describes it. */
function withSharedFields(schema: Schema, described: Schema): Schema {
  const field = (name: string): Schema | undefined =>
    name === 'apiVersion' || name === 'kind' || name === 'metadata' ? described.field?.(name) : schema.field?.(name);
  return Object.create(schema, { field: { value: field } }) as Schema;
}

/**
 * `deployments.apps.spec.replicas` → the resource and `['spec', 'replicas']`. The group belongs to the resource when its full
 * name begins the argument, unless a version is asked for (SplitAndParseResourceRequestWithMatchingPrefix).
 */
function target(
  argument: string,
  mapper: RestMapper,
  versioned: boolean,
): { resource: ResourceInfo; fieldPath: string[] } {
  const path = splitPath(argument, versioned ? 'all nodes must be field nodes' : 'first node must be field node');
  const typed = path[0] as string;
  const resource = mapper.resource(typed);
  if (!resource) throw new NoResourceMatchError({ resource: typed });
  if (versioned) return { resource, fieldPath: path.slice(1) };
  for (const candidate of mapper.all()) {
    if (candidate.plural !== resource.plural) continue;
    const name = formatGroupResource({ group: candidate.group, resource: candidate.plural });
    if (argument === name || argument.startsWith(`${name}.`)) {
      return { resource: candidate, fieldPath: splitPath(argument.slice(name.length + 1)).filter(Boolean) };
    }
  }
  return { resource, fieldPath: path.slice(1) };
}

/** The fields of a JSONPath that is nothing but fields; a trailing dot is forgiven. */
function splitPath(text: string, rule = ''): string[] {
  if (/[[\]*@?(){}'"]/.test(text)) throw new CommandError(`invalid jsonpath syntax, ${rule}`);
  return text.replace(/\.$/, '').split('.');
}

function parseApiVersion(apiVersion: string): { group: string; version: string } {
  if (apiVersion.split('/').length > 2) {
    throw new CommandError(`unexpected GroupVersion string: ${apiVersion}`);
  }
  return parseGroupVersion(apiVersion);
}

function formatKind({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`;
}

function formatResource({ group, version }: GroupVersionKind, resource: string): string {
  return `${group}/${version}, Resource=${resource}`;
}
