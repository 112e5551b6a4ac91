/**
 * ApplySets: a parent object that knows what was applied together, so that what is not in the files any more can be deleted
 * (kubectl pkg/cmd/apply/applyset.go, KEP 3659).
 */
import type { JsonObject } from '../../apimachinery/json';
import { compareStrings } from '../../apimachinery/json-text';
import { formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';
import type { RestMapper } from '../../client/rest-mapper';
import type { ResourceInfo } from '../../schema/schema';
import { formatGvr, type Info, whereOf } from '../builder/info';
import { writeQuery } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf, throwCollected } from '../errors';
import { applySetId, formatKind, kindsOf, LABELS, namespacesOf } from './apply-set-parent';
import type { ApplyOptions } from './run-apply';

/** Who keeps the set: another tool's is left alone. */
const TOOL = 'kubectl';
const TOOLING = `${TOOL}/v1.36.3`;
const FIELD_MANAGER = `${TOOL}-applyset`;

/** Kinds that may be parents without being declared as such, by resource. */
const BUILT_IN_PARENTS = ['/v1, Resource=secrets', '/v1, Resource=configmaps'];

/** What --applyset names: `NAME`, `RESOURCE/NAME`, `RESOURCE.GROUP/NAME` (ParseApplySetParentRef). */
export async function applySetOf(invocation: Invocation): Promise<ApplySet> {
  const reference = invocation.flags.string('applyset');
  const mapper = await invocation.mapper();
  try {
    const slash = reference.indexOf('/');
    const type = slash < 0 ? 'secrets' : reference.slice(0, slash);
    const name = reference.slice(slash + 1);
    if (name === '') throw new Error('name cannot be blank');
    const mapping = mapper.resource(type);
    if (!mapping) {
      const dot = type.indexOf('.');
      const [resource, group] = dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)];
      throw new Error(`no matches for ${group}/, Resource=${resource}`);
    }
    // The namespace of a context does not count.
    const { namespace, explicit } = await invocation.namespace();
    const within = explicit && mapping.namespaced ? namespace : '';
    return new ApplySet(await invocation.client(), mapper, invocation.streams.err, mapping, name, within);
  } catch (error) {
    throw new CommandError(`invalid parent reference ${JSON.stringify(reference)}: ${messageOf(error)}`);
  }
}

export class ApplySet {
  private id = '';
  /** Kinds and namespaces of which the set had objects before, and has now. */
  private current = { kinds: new Map<string, ResourceInfo>(), namespaces: new Set<string>() };
  private readonly updated = { kinds: new Map<string, ResourceInfo>(), namespaces: new Set<string>() };

  constructor(
    private readonly client: Client,
    private readonly mapper: RestMapper,
    private readonly warn: (text: string) => void,
    private readonly mapping: ResourceInfo,
    private readonly name: string,
    private readonly namespace: string,
  ) {}

  /** Selects the members. */
  get selector(): string {
    return `${LABELS.partOf}=${this.id}`;
  }

  /** Kinds that may have members that are not wanted any more. */
  get kinds(): Iterable<ResourceInfo> {
    return this.current.kinds.values();
  }

  get namespaces(): Iterable<string> {
    return this.current.namespaces;
  }

  /** May its parent be one? */
  async validate(): Promise<void> {
    const errors: unknown[] = [];
    if (this.mapping.namespaced && this.namespace === '') {
      errors.push(new CommandError('namespace is required to use namespace-scoped ApplySet'));
    }
    if (!this.isBuiltIn) {
      let permitted: string[] = [];
      try {
        permitted = await this.customParents();
      } catch (error) {
        errors.push(new CommandError(`identifying allowed custom resource parent types: ${messageOf(error)}`));
      }
      const { plural, group } = this.mapping;
      if (!permitted.includes(group ? `${plural}.${group}` : plural)) {
        const resource = JSON.stringify(formatGvr(this.mapping));
        errors.push(new CommandError(`resource ${resource} is not permitted as an ApplySet parent`));
      }
    }
    throwCollected(errors);
    this.id = await applySetId(this.mapping, this.name, this.namespace);
  }

  /** The object with the label of a member. */
  withLabel(object: KubeObject): KubeObject {
    const { labels } = object.metadata;
    if (labels && Object.hasOwn(labels, LABELS.partOf)) {
      throw new CommandError(`ApplySet label ${JSON.stringify(LABELS.partOf)} already set in input data`);
    }
    return { ...object, metadata: { ...object.metadata, labels: { ...labels, [LABELS.partOf]: this.id } } };
  }

  /**
   * Before anything is applied the parent names all kinds and namespaces that there are or will be: who is interrupted then
   * loses nothing.
   */
  async beforeApply(infos: readonly Info[], options: ApplyOptions): Promise<void> {
    await this.fetchParent();
    for (const { mapping, namespace } of infos) {
      if (!mapping) continue;
      this.updated.kinds.set(formatKind(mapping), mapping);
      if (mapping.namespaced && namespace !== '') this.updated.namespaces.add(namespace);
    }
    await this.updateParent(
      [...this.current.kinds.keys(), ...this.updated.kinds.keys()],
      [...this.current.namespaces, ...this.updated.namespaces],
      options,
    );
  }

  /** When all is applied and pruned it names what is left. */
  async afterPrune(options: ApplyOptions): Promise<void> {
    try {
      await this.updateParent([...this.updated.kinds.keys()], [...this.updated.namespaces], options);
    } catch (error) {
      throw new CommandError(`apply and prune succeeded, but ApplySet update failed: ${messageOf(error)}`);
    }
  }

  private get isBuiltIn(): boolean {
    return BUILT_IN_PARENTS.includes(formatGvr(this.mapping));
  }

  /** `secrets./shop`: as messages name the parent. */
  private get parent(): string {
    return JSON.stringify(`${this.mapping.plural}.${this.mapping.group}/${this.name}`);
  }

  /** Custom resources whose definitions say that they may be parents; a definition is named for its resource. */
  private async customParents(): Promise<string[]> {
    const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
    const { items } = await this.client.list(definitions, '', { labelSelector: LABELS.isParentType });
    return items.map(({ metadata }) => metadata.name ?? '');
  }

  private async fetchParent(): Promise<void> {
    const { mapping, parent } = this;
    let object: KubeObject;
    try {
      object = await this.client.get(whereOf(mapping), mapping.namespaced ? this.namespace : '', this.name);
    } catch (error) {
      if (!isReason(error, 'NotFound')) {
        throw new CommandError(`failed to fetch ApplySet parent object ${parent}: ${messageOf(error)}`);
      }
      if (!this.isBuiltIn) throw new CommandError('custom resource ApplySet parents cannot be created automatically');
      return;
    }
    const { labels = {}, annotations = {} } = object.metadata;
    const tooling = annotations[LABELS.tooling];
    if (tooling === undefined) {
      throw new CommandError(
        `ApplySet parent object ${parent} already exists and is missing required annotation ${JSON.stringify(LABELS.tooling)}`,
      );
    }
    const tool = tooling.replace(/\/[^/]*$/, '');
    if (tool !== TOOL) {
      throw new CommandError(
        `ApplySet parent object ${parent} already exists and is managed by tooling ${JSON.stringify(tool)} instead of ${JSON.stringify(TOOL)}`,
      );
    }
    const id = labels[LABELS.id];
    if (id === undefined) {
      throw new CommandError(`ApplySet parent object ${parent} exists and does not have required label ${LABELS.id}`);
    }
    if (id !== this.id) {
      throw new CommandError(
        `ApplySet parent object ${parent} exists and has incorrect value for label ${JSON.stringify(LABELS.id)} (got: ${id}, want: ${this.id})`,
      );
    }
    try {
      this.current = { kinds: kindsOf(annotations, this.mapper), namespaces: namespacesOf(annotations) };
    } catch (error) {
      throw new CommandError(`parsing ApplySet annotation on ${parent}: ${messageOf(error)}`);
    }
    if (mapping.namespaced) this.current.namespaces.add(this.namespace);
  }

  private async updateParent(kinds: string[], namespaces: string[], options: ApplyOptions): Promise<void> {
    if (options.dryRun === 'client') return;
    const { mapping, name, namespace } = this;
    const parent: JsonObject = {
      kind: mapping.kind,
      apiVersion: formatGroupVersion(mapping),
      metadata: {
        name,
        ...(namespace ? { namespace } : {}),
        labels: { [LABELS.id]: this.id },
        annotations: {
          [LABELS.namespaces]: sorted(namespaces.filter((each) => each !== namespace)),
          [LABELS.kinds]: sorted(kinds),
          [LABELS.tooling]: TOOLING,
        },
      },
    };
    try {
      try {
        await this.applyParent(parent, options, false);
      } catch (error) {
        if (!isReason(error, 'Conflict')) throw error;
        this.warn(
          `Warning: WARNING: failed to update ApplySet: ${messageOf(error)}\nApplySet field manager ${FIELD_MANAGER} should own these fields. Retrying with conflicts forced.\n`,
        );
        await this.applyParent(parent, options, true);
      }
    } catch (error) {
      throw new CommandError(`failed to update ApplySet: ${messageOf(error)}`);
    }
  }

  private applyParent(parent: JsonObject, options: ApplyOptions, force: boolean): Promise<KubeObject> {
    const { dryRun, fieldValidation } = options;
    const query = writeQuery({ dryRun, fieldManager: FIELD_MANAGER, fieldValidation, force });
    return this.client.patch(whereOf(this.mapping), this.namespace, this.name, 'apply', parent, query);
  }
}

/** Each once, with commas between. */
function sorted(texts: readonly string[]): string {
  return [...new Set(texts)].sort(compareStrings).join(',');
}
