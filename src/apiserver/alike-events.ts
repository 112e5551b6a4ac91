/**
 * Events that are made alike. Components say few things of many objects, and what becomes of an event, but for its own texts, depends
 * on which of its fields have something in them: of those that are created together the first of each form is looked at whole, and the
 * others are put together as it came out.
 */
import { deepFreeze } from '../apimachinery/json';
import { asJson, type KubeObject, type ManagedFieldsEntry } from '../apimachinery/meta';
import { isDNS1123Subdomain } from '../apimachinery/names';
import { formatTime } from '../apimachinery/time';
import type { Revision, Write } from '../store/store';
import { admissionAttributes } from './admission-attributes';
import { isEmpty } from './moulds';
import { newUid } from './object-life';
import type { RequestContext, ServerCore } from './request-context';
import type { ServedResource } from './served-resource';
import { freezeOutermost, objectKey } from './stored';
import type { WriteOptions } from './write-options';

/** Of one writer, at one moment. */
export class AlikeEvents {
  /** Who owns what, by form. */
  private readonly managers = new Map<number, ManagedFieldsEntry[]>();
  /** In which namespaces admission lets pass all of them, or none that it has not looked at. */
  private readonly passed = new Map<string, boolean>();
  private readonly now: string;

  constructor(
    private readonly core: ServerCore,
    private readonly resource: ServedResource,
    private readonly options: WriteOptions,
    private readonly revision: Revision,
  ) {
    this.now = formatTime(core.clock.now());
  }

  /**
   * Remembers what has become of an event of a form, if admission has left it as it was.
   * @param before its fields when it came
   */
  async learn(form: number, context: RequestContext, before: KubeObject, event: KubeObject): Promise<void> {
    const { managedFields, namespace = '' } = event.metadata;
    if (!isAsItWas(before, event)) return;
    let passed = this.passed.get(namespace);
    if (passed === undefined) {
      passed = await this.letsPass(context, event);
      this.passed.set(namespace, passed);
    }
    if (passed && managedFields) this.managers.set(form, deepFreeze(managedFields));
  }

  private async letsPass(context: RequestContext, event: KubeObject): Promise<boolean> {
    const { core } = context;
    const attributes = admissionAttributes(context, 'CREATE', event, undefined, this.options);
    const grounds = core.admission.grounds(attributes, asJson(event));
    if (!grounds) return false;
    for (const { empty = [], lot } of grounds) {
      if (lot) return false;
      for (const prefix of empty) if (!(await isEmpty(core.store, prefix))) return false;
    }
    return true;
  }

  /** An event of a form, as it is stored; undefined where it has to be looked at whole. It is used up. */
  writeOf(form: number, event: KubeObject): Write | undefined {
    const { core, resource } = this;
    const { name = '', namespace = '' } = event.metadata;
    const managedFields = this.managers.get(form);
    if (!managedFields || !this.passed.get(namespace)) return undefined;
    if (isDNS1123Subdomain(name).length > 0 || !this.isValid(event)) return undefined;
    const key = objectKey(resource.prefix, namespace, name);
    const uid = newUid(core.random, key, this.revision);
    event.metadata = Object.freeze({ name, namespace, managedFields, creationTimestamp: this.now, uid });
    deepFreeze(event['involvedObject']);
    deepFreeze(event['source']);
    return { key, value: freezeOutermost(asJson(event)), expect: 0, rarelyRead: true };
  }

  private isValid(event: KubeObject): boolean {
    return this.resource.definition.validate?.(event, undefined, ignored, this.core.featureGates).length === 0;
  }
}

function ignored(): void {}

/** name, namespace, managedFields, creationTimestamp, uid. */
const METADATA_SIZE = 5;

function isAsItWas(before: KubeObject, after: KubeObject): boolean {
  if (sizeOf(after) !== sizeOf(before) || sizeOf(after.metadata) !== METADATA_SIZE) return false;
  for (const field in after) if (field !== 'metadata' && after[field] !== before[field]) return false;
  return true;
}

/** Events that say more may be too large to be stored. */
const MUCH = 4096;
/** apiVersion, kind, metadata, involvedObject, source. */
const ALWAYS_THERE = 5;

/** Which fields have something in them, as bits; undefined for an event that has others than recorders give to most. */
export function formOf(event: KubeObject): number | undefined {
  const { involvedObject, metadata, source } = event;
  if (sizeOf(metadata) !== 2 || !metadata.name || !metadata.namespace || !involvedObject?.name || !source)
    return undefined;
  // Spelt out: V8 looks slowly at fields whose names are not in the code.
  const given: unknown[] = [
    event['reason'],
    event['message'],
    event['type'],
    source.component,
    source.host,
    event['firstTimestamp'],
    event['lastTimestamp'],
    event['count'],
    event['eventTime'],
    event['action'],
    event['reportingComponent'],
    event['reportingInstance'],
  ];
  let form = 0;
  let there = ALWAYS_THERE;
  let length = 0;
  for (let i = 0; i < given.length; i++) {
    const value = given[i];
    if (value === undefined) continue;
    there++;
    if (typeof value === 'string') length += value.length;
    if (value) form |= 1 << i;
  }
  return there === sizeOf(event) + sizeOf(source) && length < MUCH ? form : undefined;
}

function sizeOf(object: object): number {
  let size = 0;
  for (const _ in object) size++;
  return size;
}
