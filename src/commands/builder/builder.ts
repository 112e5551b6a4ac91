/** Finds the resources that a command works on, from files, names and selectors (cli-runtime resource.Builder). */
import type { KubeList, KubeObject } from '../../apimachinery/meta';
import { gvkOf, itemOf } from '../../apimachinery/meta';
import { ApiError, isReason } from '../../apimachinery/status';
import { type Client, resourcePath } from '../../client/client';
import type { RestMapper } from '../../client/rest-mapper';
import type { WatchEvent } from '../../client/transport';
import type { ResourceInfo } from '../../schema/schema';
import { CommandError, type Invocation } from '../command';
import { ErrorList, messageOf, throwCollected } from '../errors';
import { expandCategory, mappingFor, type ReadArguments, readArguments } from './arguments';
import { formatGvr, Info, noKindMatch, whereOf } from './info';
import { FoundError, Result, type Search, type Source } from './result';

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

const LOCAL_RESOURCE = `error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

/** Searches; throws what is wrong with the search itself (Builder.Do). */
export async function findResources(invocation: Invocation, search: Search): Promise<Result> {
  const finder = new Finder(invocation, search);
  return finder.result();
}

/** Throws unless -f or -k was given (FilenameOptions.RequireFilenameOrKustomize). */
export function requireFiles(filenames: readonly string[], kustomize: string): void {
  if (filenames.length === 0 && kustomize === '') throw new CommandError('must specify one of -f and -k');
}

class Finder {
  private mapper: RestMapper | undefined;
  private client: Client | undefined;
  private readonly errors: unknown[] = [];

  constructor(
    private readonly invocation: Invocation,
    private readonly search: Search,
  ) {}

  async result(): Promise<Result> {
    const { search } = this;
    const paths = await this.pathSources();
    const given = await this.arguments();
    const selector = (search.selector ?? '').trim();
    const fieldSelector = (search.fieldSelector ?? '').trim();
    if (search.all && selector) this.errors.push(emptySelectorError());
    else if (search.all && fieldSelector) this.errors.push(emptySelectorError());
    throwCollected(this.errors);
    if (!search.local) {
      this.client = await this.invocation.client();
      this.mapper = await this.invocation.mapper();
    }
    if (paths.sources.length > 0) return this.byPaths(paths, given, selector);
    if (search.local && search.args?.length) throw new CommandError(LOCAL_RESOURCE);
    if (search.local) throw new CommandError(MISSING_RESOURCE);
    const all =
      search.all || (search.allowEmptySelector === true && given.types.length > 0 && given.names.length === 0);
    if (selector || fieldSelector || all) return this.bySelector(given, selector, fieldSelector);
    if (given.tuples.length > 0) return this.byTuples(given);
    if (given.names.length > 0) return this.byNames(given);
    if (given.types.length > 0) {
      for (const type of given.types) this.mappingFor(type);
      throw new CommandError('resource(s) were provided, but no name was specified');
    }
    throw new CommandError(MISSING_RESOURCE);
  }

  private async arguments(): Promise<ReadArguments> {
    const args = this.search.args ?? [];
    if (args.length === 0) return { tuples: [], types: [], names: [] };
    const mapper = this.search.local ? undefined : await this.invocation.mapper();
    try {
      return readArguments(args, this.invocation.program, (type) => (mapper ? expandCategory(type, mapper) : [type]));
    } catch (error) {
      this.errors.push(error);
      return { tuples: [], types: [], names: [] };
    }
  }

  /** The sources that -f and -k name, and whether they stand for one file (Builder.FilenameParam). */
  private async pathSources(): Promise<{ sources: Source[]; single: boolean }> {
    const { filenames = [], kustomize = '', recursive = false } = this.search;
    if (filenames.length > 0 && kustomize) this.errors.push(new Error('only one of -f or -k can be specified'));
    if (kustomize && recursive) this.errors.push(new Error("the -k flag can't be used with -f or -R"));
    if (this.errors.length > 0) return { sources: [], single: false };
    if (kustomize) {
      const { kustomizationSource } = await import('./kustomization');
      const text = () => kustomizationSource(kustomize, this.invocation);
      return { sources: [this.fileSource(kustomize, text)], single: false };
    }
    const sources: Source[] = [];
    const { stream } = this.search;
    if (stream) sources.push(this.fileSource(stream.name, async () => stream.text));
    let several = false;
    let stdin = false;
    for (const name of filenames) {
      if (name === '-') {
        if (stdin) this.errors.push(new Error('standard input cannot be used for multiple arguments'));
        stdin = true;
        sources.push(this.fileSource('STDIN', () => this.invocation.streams.stdin()));
      } else if (/^https?:\/\//.test(name)) {
        this.errors.push(
          new Error(`unable to read URL ${JSON.stringify(name)}: manifests are read from files and standard input`),
        );
      } else {
        try {
          several = (await this.addPath(name, recursive, sources)) || several;
        } catch (error) {
          this.errors.push(error);
        }
      }
    }
    return { sources, single: !several && !stdin && sources.length === 1 };
  }

  /** True when the name stands for more than one file. */
  private async addPath(name: string, recursive: boolean, sources: Source[]): Promise<boolean> {
    const { expandPattern, walkPath } = await import('./paths');
    const { cwd } = this.invocation;
    let several = false;
    const matches = expandPattern(name, cwd);
    for (const path of matches) {
      const files = walkPath(path, cwd, recursive);
      if (files.length > 1) several = true;
      for (const file of files) sources.push(this.fileSource(file, () => readText(file, cwd)));
    }
    if (sources.length === 0 && this.errors.length === 0) {
      throw new Error(`error reading [${matches.join(' ')}]: recognized file extensions are [.json .yaml .yml]`);
    }
    return several;
  }

  private fileSource(name: string, read: () => Promise<string>): Source {
    const finder = this;
    return {
      async *find() {
        const text = await read();
        const { manifestsOf } = await import('./manifests');
        for (const object of manifestsOf(text, name, finder.search.validate === true)) {
          let info: Info;
          try {
            info = finder.infoOfManifest(object, name);
          } catch (error) {
            yield new FoundError(error);
            continue;
          }
          yield info;
        }
      },
    };
  }

  private infoOfManifest(object: KubeObject, source: string): Info {
    const metadata = object.metadata ?? {};
    const { name = '', namespace = '', resourceVersion = '' } = metadata;
    const info = new Info({ object, source, name, namespace, resourceVersion, ...this.reading() });
    if (this.search.local) return info;
    const gvk = gvkOf(object);
    const mapping = (this.mapper as RestMapper).kind(gvk.group, gvk.kind, gvk.version);
    if (!mapping && isList(object) && this.knowsList(gvk)) return info;
    if (!mapping) {
      throw new CommandError(
        `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(namespace)} from ${JSON.stringify(source)}: ${noKindMatch(gvk)}\nensure CRDs are installed first`,
      );
    }
    info.mapping = mapping;
    info.client = this.client as Client;
    return info;
  }

  /** Lists are of no resource: `List` holds anything, others what they are named for (restmapper/discovery.go). */
  private knowsList({ group, version, kind }: { group: string; version: string; kind: string }): boolean {
    const of = kind.slice(0, -'List'.length);
    return of === '' || (this.mapper as RestMapper).kind(group, of, version) !== undefined;
  }

  private async byPaths(
    { sources, single }: { sources: Source[]; single: boolean },
    { types, names, tuples }: ReadArguments,
    selector: string,
  ): Promise<Result> {
    if (types.length > 0) {
      throw new CommandError(
        'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
      );
    }
    if (names.length > 0) throw new CommandError('name cannot be provided when a path is specified');
    if (tuples.length > 0) {
      throw new CommandError('resource/name arguments cannot be provided when a path is specified');
    }
    const matches = selector ? await labelFilter(selector) : undefined;
    const finder = this;
    const refined = sources.map(
      (source): Source => ({
        ...source,
        async *find() {
          for await (const found of finder.flattened(source)) {
            if (found instanceof FoundError) {
              yield found;
              continue;
            }
            try {
              if (finder.search.latest) await finder.retrieveLatest(found);
            } catch (error) {
              yield new FoundError(error);
              continue;
            }
            if (!matches || matches(found)) yield found;
          }
        },
      }),
    );
    return this.done(refined, single, true);
  }

  /** Lists taken apart, lists in lists too (FlattenListVisitor). */
  private async *flattened(source: Source): AsyncIterable<Info | FoundError> {
    for await (const found of source.find()) {
      if (found instanceof FoundError || !this.search.flatten || !isList(found.object)) {
        yield found;
        continue;
      }
      yield* this.itemsOf(found, found.object as unknown as KubeList);
    }
  }

  private *itemsOf(list: Info, object: KubeList): Iterable<Info | FoundError> {
    for (const item of object.items) {
      if (isList(item)) {
        yield* this.itemsOf(list, item as unknown as KubeList);
        continue;
      }
      const typed = itemOf(object, item);
      const { name = '', namespace = '', resourceVersion = '' } = typed.metadata ?? {};
      const info = new Info({
        object: typed,
        source: list.source,
        name,
        namespace,
        resourceVersion: list.resourceVersion || resourceVersion,
        ...this.reading(),
      });
      if (this.search.local) {
        yield info;
        continue;
      }
      const gvk = gvkOf(typed);
      const mapping =
        list.mapping && list.mapping.kind === gvk.kind && list.mapping.group === gvk.group
          ? list.mapping
          : (this.mapper as RestMapper).kind(gvk.group, gvk.kind, gvk.version);
      if (!mapping) {
        yield new FoundError(new CommandError(`unable to recognize ${noKindMatch(gvk)}`));
        continue;
      }
      info.mapping = mapping;
      info.client = this.client as Client;
      yield info;
    }
  }

  private async retrieveLatest(info: Info): Promise<void> {
    if (isList(info.object)) {
      throw new CommandError(
        'watch is only supported on individual resources and resource collections, but a list of resources is found',
      );
    }
    if (info.name === '') return;
    if (info.namespaced && info.namespace === '') info.setNamespace(this.search.namespace ?? '');
    if (info.mapping?.namespaced && info.namespace === '') {
      throw new CommandError(`no namespace set on resource ${formatGvr(info.mapping)} ${JSON.stringify(info.name)}`);
    }
    this.checkNamespace(info);
    await info.get();
  }

  private bySelector({ tuples, types, names }: ReadArguments, selector: string, fieldSelector: string): Result {
    if (names.length > 0) throw new CommandError('name cannot be provided when a selector is specified');
    if (tuples.length > 0) {
      throw new CommandError('selectors and the all flag cannot be used when passing resource/name arguments');
    }
    if (types.length === 0) throw new CommandError('at least one resource must be specified to use a selector');
    if (this.search.subresource) {
      throw new CommandError('subresource cannot be used when bulk resources are specified');
    }
    const sources = this.mappings(types).map((mapping) => this.selectorSource(mapping, selector, fieldSelector));
    return this.done(sources, false, false);
  }

  private selectorSource(mapping: ResourceInfo, labelSelector: string, fieldSelector: string): Source {
    const { search } = this;
    const client = this.client as Client;
    const namespace = mapping.namespaced && !search.allNamespaces ? (search.namespace ?? '') : '';
    const query: Record<string, string> = { ...search.query };
    if (labelSelector) query.labelSelector = labelSelector;
    if (fieldSelector) query.fieldSelector = fieldSelector;
    const finder = this;
    return {
      mapping,
      async *find() {
        let next = '';
        do {
          const page = { ...query };
          if (search.chunkSize) page.limit = String(search.chunkSize);
          if (next) page.continue = next;
          let list: KubeList;
          try {
            list = await client.request<KubeList>({
              method: 'GET',
              path: resourcePath(whereOf(mapping), namespace),
              query: page,
              ...(search.headers ? { headers: search.headers } : {}),
            });
          } catch (error) {
            throw enhanceListError(error, mapping, labelSelector, fieldSelector);
          }
          const resourceVersion = list.metadata?.resourceVersion ?? '';
          const object = list as unknown as KubeObject;
          const info = new Info({ client, mapping, namespace, object, resourceVersion });
          if (search.flatten && isList(object)) yield* finder.itemsOf(info, list);
          else yield info;
          next = list.metadata?.continue ?? '';
        } while (next);
      },
      watch: (resourceVersion, signal) =>
        watchResource(client, mapping, namespace, { ...query, resourceVersion }, search.headers, signal),
    };
  }

  private byTuples({ tuples, types }: ReadArguments): Result {
    if (types.length > 0) {
      throw new CommandError('you may not specify individual resources and bulk resources in the same call');
    }
    const mapped = tuples.map((tuple) => ({ ...tuple, mapping: this.mappingFor(tuple.resource) }));
    if (this.search.singleResourceType && new Set(mapped.map((each) => each.mapping)).size > 1) {
      throw new CommandError('you may only specify a single resource type');
    }
    const sources = mapped.map(({ mapping, name }) => this.nameSource(mapping, name));
    return this.done(sources, tuples.length === 1, true);
  }

  private byNames({ types, names }: ReadArguments): Result {
    if (types.length === 0) throw new CommandError('you must provide a resource and a resource name together');
    if (types.length > 1) throw new CommandError('you must specify only one resource');
    const mapping = this.mappingFor(types[0] as string);
    return this.done(
      names.map((name) => this.nameSource(mapping, name)),
      names.length === 1,
      true,
    );
  }

  private nameSource(mapping: ResourceInfo, name: string): Source {
    const { search } = this;
    const client = this.client as Client;
    const namespace = mapping.namespaced && !search.allNamespaces ? (search.namespace ?? '') : '';
    if (mapping.namespaced && namespace === '') {
      throw new CommandError(
        search.allNamespaces
          ? 'a resource cannot be retrieved by name across all namespaces'
          : 'namespace may not be empty when retrieving a resource by name',
      );
    }
    const info = () =>
      new Info({ client, mapping, namespace, name, subresource: search.subresource ?? '', ...this.reading() });
    return {
      mapping,
      async *find() {
        yield info();
      },
      watch: (resourceVersion, signal) =>
        watchResource(
          client,
          mapping,
          namespace,
          { ...search.query, fieldSelector: `metadata.name=${name}`, resourceVersion },
          search.headers,
          signal,
        ),
    };
  }

  /** How found objects are asked for again. */
  private reading(): Partial<Info> {
    const { headers, query } = this.search;
    return { ...(headers ? { headers } : {}), ...(query ? { query } : {}) };
  }

  private mappings(types: readonly string[]): ResourceInfo[] {
    if (types.length > 1 && this.search.singleResourceType) {
      throw new CommandError('you may only specify a single resource type');
    }
    return [...new Set(types.map((type) => this.mappingFor(type)))];
  }

  private mappingFor(type: string): ResourceInfo {
    return mappingFor(type, this.mapper as RestMapper);
  }

  private done(sources: Source[], singleItemImplied: boolean, targetsSingleItems: boolean): Result {
    return new Result(this.search, sources, singleItemImplied, targetsSingleItems, (info) => this.decorate(info));
  }

  /** Into the namespace that is meant, and asked for where only its name is known (Builder.Do's helpers). */
  private async decorate(info: Info): Promise<void> {
    const { namespace = '', requireObject = true } = this.search;
    if (info.namespaced && info.namespace === '' && !isTableOrList(info.object)) info.setNamespace(namespace);
    this.checkNamespace(info);
    if (!info.namespaced) info.setNamespace('');
    if (requireObject && !info.object) await info.get();
  }

  private checkNamespace(info: Info): void {
    const { namespace = '', enforceNamespace } = this.search;
    if (!enforceNamespace || !info.namespaced || info.namespace === '' || info.namespace === namespace) return;
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(info.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${info.namespace}' to perform this operation.`,
    );
  }
}

async function watchResource(
  client: Client,
  mapping: ResourceInfo,
  namespace: string,
  query: Record<string, string>,
  headers: Record<string, string> | undefined,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<WatchEvent>> {
  const response = await client.send({
    method: 'GET',
    path: resourcePath(whereOf(mapping), namespace),
    query: { ...query, watch: 'true' },
    ...(headers ? { headers } : {}),
    ...(signal ? { signal } : {}),
  });
  return response.events as AsyncIterable<WatchEvent>;
}

async function readText(file: string, cwd: string): Promise<string> {
  const { readManifestFile } = await import('./manifests');
  return readManifestFile(file, cwd);
}

async function labelFilter(selector: string): Promise<(info: Info) => boolean> {
  const { parseLabelSelector } = await import('../../apimachinery/labels');
  try {
    const parsed = parseLabelSelector(selector);
    return (info) => parsed.matches(info.object?.metadata?.labels);
  } catch (error) {
    throw new CommandError(`the provided selector ${JSON.stringify(selector)} is not valid: ${messageOf(error)}`);
  }
}

/** True for a list of objects: its kind ends in List and it has items (meta.IsListType). */
export function isList(object: KubeObject | undefined): boolean {
  return object !== undefined && Array.isArray(object.items) && object.kind.endsWith('List');
}

function isTableOrList(object: KubeObject | undefined): boolean {
  return object !== undefined && (object.kind === 'Table' || isList(object));
}

function emptySelectorError(): Error {
  return new Error("setting 'all' parameter but found a non empty selector. ");
}

/** Tells which selector found nothing to list (resource.EnhanceListError). */
function enhanceListError(error: unknown, mapping: ResourceInfo, label: string, field: string): unknown {
  if (!(error instanceof ApiError) || !(isReason(error, 'BadRequest') || isReason(error, 'NotFound'))) return error;
  const subject = JSON.stringify(formatGvr(mapping));
  const message = error.status.message ?? '';
  return new ApiError({
    ...error.status,
    message:
      label === '' && field === ''
        ? `Unable to list ${subject}: ${message}`
        : `Unable to find ${subject} that match label selector ${JSON.stringify(label)}, field selector ${JSON.stringify(field)}: ${message}`,
  });
}

/** True for errors that all say NotFound; what --ignore-not-found leaves out. */
export function isNotFoundError(error: unknown): boolean {
  if (error instanceof ErrorList) return error.errors.every(isNotFoundError);
  return isReason(error, 'NotFound');
}
