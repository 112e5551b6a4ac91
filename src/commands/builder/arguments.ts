/** TYPE NAME…, TYPE/NAME…, TYPE,TYPE: how kubectl reads arguments that name resources (cli-runtime resource/builder.go). */
import type { RestMapper } from '../../client/rest-mapper';
import type { ResourceInfo } from '../../schema/schema';

export interface ResourceTuple {
  resource: string;
  name: string;
}

export interface ReadArguments {
  /** TYPE/NAME pairs; then there are no types or names. */
  tuples: ResourceTuple[];
  types: string[];
  names: string[];
}

/** Builder.ResourceTypeOrNameArgs; `expand` replaces categories (`all`) by their types. */
export function readArguments(
  given: readonly string[],
  program: string,
  expand: (type: string) => string[],
): ReadArguments {
  const args = normalizeMultiple(given);
  if (areCombined(args, program)) {
    return { tuples: args.map((arg) => splitTypeName(arg) as ResourceTuple), types: [], names: [] };
  }
  if (args.length === 0) return { tuples: [], types: [], names: [] };
  const types = splitTypes((args[0] as string).split(',').flatMap(expand).join(','));
  return { tuples: [], types, names: args.slice(1) };
}

/** `pods,services a b` is `pods/a pods/b services/a services/b`. */
function normalizeMultiple(args: readonly string[]): string[] {
  if (args.length < 2) return [...args];
  const types = splitTypes(args[0] as string);
  if (types.length < 2) return [...args];
  return types.flatMap((type) => args.slice(1).map((name) => `${type}/${name}`));
}

/** True when every argument is TYPE/NAME; an error when only some are. */
function areCombined(args: readonly string[], program: string): boolean {
  const slashes = args.filter((arg) => arg.includes('/')).length;
  if (slashes === 0) return false;
  if (slashes === args.length) return true;
  throw new Error(
    `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. '${program} get resource/<resource_name>' instead of '${program} get resource resource/<resource_name>'`,
  );
}

/** `pods/a`; undefined without a slash. */
export function splitTypeName(text: string): ResourceTuple | undefined {
  if (!text.includes('/')) return undefined;
  const [resource, name, ...more] = text.split('/') as [string, string, ...string[]];
  if (more.length > 0) throw new Error('arguments in resource/name form may not have more than one slash');
  if (resource === '' || name === '' || splitTypes(resource).length !== 1) {
    throw new Error('arguments in resource/name form must have a single resource and name');
  }
  return { resource, name };
}

/** Comma-separated, each once. */
export function splitTypes(text: string): string[] {
  return [...new Set(text.split(','))];
}

/** What a category stands for, as types; the type itself where it is none. */
export function expandCategory(type: string, mapper: RestMapper): string[] {
  const members = mapper.category(type);
  return members ? members.map((each) => (each.group ? `${each.plural}.${each.group}` : each.plural)) : [type];
}

/** `deploy`, `deployments.v1.apps`, `Deployment.apps` → where it lives (Builder.mappingFor). */
export function mappingFor(typed: string, mapper: RestMapper): ResourceInfo {
  const found = mapper.resource(typed) ?? mapper.resource(typed.toLowerCase());
  if (found) return found;
  const [kind, ...rest] = typed.split('.') as [string, ...string[]];
  const byKind =
    rest.length > 1
      ? (mapper.kind(rest.slice(1).join('.'), kind, rest[0]) ?? mapper.kind(rest.join('.'), kind))
      : mapper.kind(rest.join('.'), kind);
  if (byKind) return byKind;
  throw new Error(`the server doesn't have a resource type ${JSON.stringify(kind)}`);
}
