/**
 * The resources that one server serves, found by group, version and name; what each needs is loaded when first asked for.
 * Custom ones come and go: `generation` tells when `all()` has changed.
 */
import type { GroupVersionKind } from '../apimachinery/meta';
import { kindSchema } from '../schema/catalog';
import { builtinResources } from '../schema/resources';
import type { ResourceInfo, Schema } from '../schema/schema';
import { conversionOf } from './conversion/conversion';
import { definitionThrough } from './conversion/definition-through';
import type { ResourceDefinition, ResourceView } from './resource';
import { type ServedResource, serveResource } from './served-resource';

/** Where a catalog has its facts from: the compiled schema, or a handful of kinds in a test. */
export interface ResourceSource {
  resources(): readonly ResourceInfo[];
  schema(gvk: GroupVersionKind): Schema | undefined;
  definition(group: string, resource: string): ResourceDefinition | Promise<ResourceDefinition>;
  /** What reads need of a definition, where they can do with less. */
  view?(group: string, resource: string): Promise<ResourceView | undefined>;
}

/** The built-in kinds of the compiled schema with the declarations under `resources/`. */
export const builtinSource: ResourceSource = {
  resources: builtinResources,
  schema: ({ group, version, kind }) => kindSchema(group, version, kind),
  definition: async (group, resource) => (await import('./resources/index')).resourceDefinition(group, resource),
  view: async (group, resource) => (await import('./resources/index')).resourceView(group, resource),
};

/** Kinds that come and go with what is in the store: custom ones, and metrics. */
export interface DynamicKinds {
  /** Raised whenever `all()` has changed. */
  readonly generation: number;
  /** In discovery order, as of the last look. */
  all(): readonly ResourceInfo[];
  find(group: string, version: string | undefined, resource: string): Promise<ServedResource | undefined>;
  /** Looks at the store again. */
  refresh(): Promise<void>;
}

export class ResourceCatalog {
  private infos: Map<string, ResourceInfo> | undefined;
  private list: readonly ResourceInfo[] = [];
  /** By their names in the plural. */
  private readonly served = new Map<string, ServedResource[]>();
  private everything: { list: readonly ResourceInfo[]; generation: number } | undefined;
  private readonly subresourceKinds = new WeakMap<ServedResource, Map<string, ServedResource>>();

  constructor(
    private readonly source: ResourceSource,
    private readonly dynamic: readonly DynamicKinds[] = [],
  ) {}

  /** Everything served, in discovery order, what comes and goes as of the last refresh. The same list until something changes. */
  all(): readonly ResourceInfo[] {
    this.load();
    const { generation } = this;
    if (this.everything?.generation !== generation) {
      const more = this.dynamic.flatMap((kinds) => kinds.all());
      this.everything = { list: more.length > 0 ? [...this.list, ...more] : this.list, generation };
    }
    return this.everything.list;
  }

  /** Counts the changes of what `all()` gives. */
  get generation(): number {
    return this.dynamic.reduce((sum, kinds) => sum + kinds.generation, 0);
  }

  /** Looks which of those that come and go there are now. */
  async refresh(): Promise<void> {
    for (const kinds of this.dynamic) await kinds.refresh();
  }

  /** Without waiting, if a request has needed it before; the hot path. Custom kinds have to be looked for. */
  loaded(group: string, version: string, resource: string): ServedResource | undefined {
    const served = this.served.get(resource);
    if (served)
      for (let i = 0; i < served.length; i++) {
        const one = served[i] as ServedResource;
        if (one.info.group === group && one.info.version === version) return one;
      }
    return undefined;
  }

  /** Undefined when there is no such resource. Without a version: the preferred one. */
  async find(group: string, version: string | undefined, resource: string): Promise<ServedResource | undefined> {
    const infos = this.load();
    const info =
      version === undefined
        ? this.list.find((one) => one.group === group && one.plural === resource)
        : infos.get(`${group}/${version}/${resource}`);
    if (!info) return this.findDynamic(group, version, resource);
    const known = this.loaded(group, info.version, resource);
    if (known) return known;
    const conversion = await conversionOf(group, info.version, resource);
    const view = conversion ? undefined : await this.source.view?.(group, resource);
    if (view) {
      const whole = () => this.source.definition(group, resource);
      return this.serve(info, () =>
        serveResource(info, () => this.schemaOf(info), { group, resource, ...view }, undefined, whole),
      );
    }
    const declared = await this.source.definition(group, resource);
    // Under another group a kind has a declaration of its own; under its own it has one, for the stored version.
    const definition = conversion && !conversion.storedAs ? definitionThrough(declared, conversion) : declared;
    return this.serve(info, () => serveResource(info, () => this.schemaOf(info), definition, conversion));
  }

  /** Unless it is served by now. */
  private serve({ group, version, plural }: ResourceInfo, make: () => ServedResource): ServedResource {
    const loaded = this.loaded(group, version, plural);
    if (loaded) return loaded;
    const made = make();
    const served = this.served.get(plural);
    if (served) served.push(made);
    else this.served.set(plural, [made]);
    return made;
  }

  private async findDynamic(
    group: string,
    version: string | undefined,
    resource: string,
  ): Promise<ServedResource | undefined> {
    for (const kinds of this.dynamic) {
      const found = await kinds.find(group, version, resource);
      if (found) return found;
    }
    return undefined;
  }

  /** The kind that a subresource's bodies have (a Scale, a Binding), as if it were a resource of the same name. */
  subresourceKind(resource: ServedResource, subresource: string): ServedResource {
    let kinds = this.subresourceKinds.get(resource);
    if (!kinds) {
      kinds = new Map();
      this.subresourceKinds.set(resource, kinds);
    }
    const known = kinds.get(subresource);
    if (known) return known;
    const info = resource.subresource(subresource);
    if (!info) throw new Error(`there is no ${resource.info.plural}/${subresource}`);
    const { group, version, kind } = info;
    const served = serveResource(
      { ...resource.info, group, version, kind, subresources: [] },
      () => this.schemaOf(info),
      {
        group,
        resource: resource.info.plural,
      },
    );
    kinds.set(subresource, served);
    return served;
  }

  private schemaOf({ group, version, kind }: GroupVersionKind): Schema {
    const schema = this.source.schema({ group, version, kind });
    if (!schema) throw new Error(`there is no schema of ${group}/${version} ${kind}`);
    return schema;
  }

  private load(): Map<string, ResourceInfo> {
    if (!this.infos) {
      this.list = this.source.resources();
      this.infos = new Map(this.list.map((info) => [`${info.group}/${info.version}/${info.plural}`, info]));
    }
    return this.infos;
  }
}
