/**
 * What is made alike is made once. A controller sends one and the same frozen body for every pod of a template, and all that the
 * server does to it (decoding, defaults, admission, strategy, validation) comes out as it did the last time: but for the name, the
 * uid, the time, and what admission draws by lot; and as long as nothing has changed that admission goes by. So the second object of
 * a body becomes the mould of those that follow: they share its parts, and only what is their own is made.
 */
import { type Json, type JsonObject, jsonOf } from '../apimachinery/json';
import { asJson, asObject, type KubeObject, type ManagedFieldsEntry } from '../apimachinery/meta';
import { formatTime } from '../apimachinery/time';
import type { Revision, Store } from '../store/store';
import type { Lot } from './admission/plugin';
import { admissionAttributes } from './admission-attributes';
import type { UserInfo } from './authentication';
import { Fields, type Pattern, patternOf } from './pattern';
import type { RequestContext, ServerCore } from './request-context';
import { NO_QUERY } from './request-info';
import type { ServedResource } from './served-resource';
import { objectKey, sizeOf } from './stored';
import type { WriteOptions } from './write-options';

/** By body: what was made of it when it came for the second time; undefined for one that came once. */
const moulds = new WeakMap<object, Mould | undefined>();

/** The mould of what a request asks for, if there is one that still holds. */
export function mouldOf(context: RequestContext, options: WriteOptions): Mould | undefined {
  const { body } = context.request;
  if (!isRepeatable(context)) return undefined;
  const mould = moulds.get(body as JsonObject);
  return mould?.holds(context, options) ? mould : undefined;
}

/** Whether what is made of the body should be kept as the mould of the next ones: it has come before. Remembers that it has come. */
export function isToBeMould(context: RequestContext, options: WriteOptions): boolean {
  if (!isRepeatable(context) || options.dryRun) return false;
  const body = context.request.body as JsonObject;
  if (moulds.has(body)) return true;
  if (isUnnamed(body) && Object.isFrozen(body)) moulds.set(body, undefined);
  return false;
}

/**
 * Keeps an object as the mould of those that are made of the same body, if they would be like it.
 * @param since the revision of the store before anybody looked at anything for its sake
 */
export async function keepMould(
  context: RequestContext,
  options: WriteOptions,
  created: KubeObject,
  since: Revision,
): Promise<void> {
  const { core, request, resource, warnings } = context;
  const body = request.body as JsonObject;
  if (warnings.length > 0 || !resource.definition.hasLikes?.(created)) return;
  const grounds = core.admission.grounds(admissionAttributes(context, 'CREATE', created, undefined, options), body);
  if (!grounds) return;
  const seen: string[] = [];
  const lots: Lot[] = [];
  for (const { unchanged = [], empty = [], lot } of grounds) {
    for (const prefix of empty) if (!(await isEmpty(core.store, prefix))) return;
    seen.push(...unchanged, ...empty);
    if (lot) lots.push(lot);
  }
  const { namespace = '', name = '' } = created.metadata;
  const stored = await core.store.get(objectKey(resource.prefix, namespace, name));
  const size = stored ? sizeOf(stored.value) : 0;
  // Where nothing is looked at nobody asks which revision it is; and one lot is all there is.
  if (size === 0 || seen.length === 0 || lots.length > 1) return;
  moulds.set(body, new Mould(context, options, created, size, [...new Set(seen)], since, lots[0]));
}

/** Nothing is asked for but that the object be made, by somebody in this process: bodies from outside are each their own. */
function isRepeatable({ audit, info, request, resource, steps, warnings }: RequestContext): boolean {
  return (
    resource.definition.hasLikes !== undefined &&
    info.query === NO_QUERY &&
    !audit &&
    !steps &&
    warnings.length === 0 &&
    typeof request.body === 'object' &&
    request.body !== null
  );
}

/** Its name is generated, and nothing in it says who has written what. */
function isUnnamed(body: JsonObject): boolean {
  const metadata = body['metadata'] as JsonObject | undefined;
  return Boolean(metadata?.['generateName']) && !metadata?.['name'] && !metadata?.['managedFields'];
}

/** Whether nothing lies under a prefix. */
export async function isEmpty(store: Store, prefix: string): Promise<boolean> {
  return (await store.range(prefix, { limit: 1 })).entries.length === 0;
}

export class Mould {
  readonly generateName: string;
  /** Of the store, when it was last seen that the mould holds. */
  revision: Revision;

  private readonly core: ServerCore;
  private readonly resource: ServedResource;
  private readonly user: UserInfo;
  private readonly namespace: string;
  private readonly fields: Fields;
  private readonly metadata: Fields;
  private readonly spec: Pattern | undefined;
  private managers: { time: string | undefined; entries: ManagedFieldsEntry[] | undefined };

  constructor(
    { core, info, resource, user }: RequestContext,
    private readonly options: WriteOptions,
    created: KubeObject,
    /** See object-size.ts: those that are alike are of one size. */
    readonly size: number,
    /** The prefixes of the store under which nothing may have changed. */
    private readonly seen: readonly string[],
    since: Revision,
    private readonly lot: Lot | undefined,
  ) {
    this.core = core;
    this.resource = resource;
    this.user = user;
    this.namespace = info.namespace;
    this.revision = since;
    const { resourceVersion: _, ...metadata } = created.metadata;
    this.generateName = metadata.generateName ?? '';
    this.fields = new Fields(asJson(created));
    this.metadata = new Fields(jsonOf(metadata));
    this.spec = lot && patternOf(created['spec'], lot.text);
    this.managers = { time: metadata.managedFields?.[0]?.time, entries: metadata.managedFields };
  }

  /** The same is asked for by the same, and nothing has changed that it hangs on. */
  holds({ core, info, resource, user }: RequestContext, options: WriteOptions): boolean {
    if (core !== this.core || resource !== this.resource || info.namespace !== this.namespace) return false;
    if (user !== this.user || options !== this.options) return false;
    let now = this.revision;
    for (let i = 0; i < this.seen.length; i++) {
      const until = core.store.untouchedUntil?.(this.revision, this.seen[i] as string);
      if (until === undefined) return false;
      now = until;
    }
    this.revision = now;
    return true;
  }

  /** Another one, at once after it was seen that the mould holds. The parts that it shares are frozen. */
  cast(name: string, uid: string): KubeObject {
    const now = formatTime(this.core.clock.now());
    const metadata = this.metadata.copy();
    metadata['name'] = name;
    metadata['uid'] = uid;
    metadata['creationTimestamp'] = now;
    if (this.managers.entries) metadata['managedFields'] = this.managersAt(now) as unknown as Json;
    const object = this.fields.copy();
    object['metadata'] = metadata;
    if (this.spec && this.lot) object['spec'] = this.spec.copy(this.lot.draw(this.revision));
    return asObject(object);
  }

  /** All that are made at one instant share who made them. */
  private managersAt(now: string): ManagedFieldsEntry[] | undefined {
    const { entries, time } = this.managers;
    if (time !== now && entries) {
      const later = entries.map((entry) => Object.freeze({ ...entry, time: now }));
      this.managers = { time: now, entries: Object.freeze(later) as ManagedFieldsEntry[] };
    }
    return this.managers.entries;
  }
}
