/** An object to describe, and how what belongs to it is fetched. */
import { gvkOf, type KubeList, type KubeObject } from '../../apimachinery/meta';
import type { Client, Query, ResourcePath } from '../../client/client';
import type { Described, Related } from '../../printers/describe/writer';
import type { ResourceInfo } from '../../schema/schema';
import type { Instant } from '../../sim/clock';

export interface DescribeSettings {
  showEvents: boolean;
  chunkSize: number;
  now: Instant;
}

export const CORE = (resource: string): ResourcePath => ({ group: '', version: 'v1', resource });

export class Target {
  constructor(
    readonly client: Client,
    readonly mapping: ResourceInfo,
    readonly namespace: string,
    readonly name: string,
    readonly settings: DescribeSettings,
  ) {}

  /** The object as it is now, in the version that its description is made for. */
  get(version: string): Promise<KubeObject> {
    const { group, plural, namespaced } = this.mapping;
    const path = { group, version, resource: plural };
    return this.client.get(path, namespaced ? this.namespace : '', this.name);
  }

  /** All of a list, in chunks. */
  async list(path: ResourcePath, namespace: string, query: Query = {}): Promise<KubeObject[]> {
    const { chunkSize } = this.settings;
    const items: KubeObject[] = [];
    let next = '';
    do {
      const page: Query = { ...query };
      if (chunkSize) page['limit'] = String(chunkSize);
      if (next) page['continue'] = next;
      const list: KubeList = await this.client.list(path, namespace, page);
      for (const item of list.items) items.push(item);
      next = list.metadata?.continue ?? '';
    } while (next);
    return items;
  }

  /** Its events, where they are to be shown; none when they can't be had. */
  async related(object: KubeObject): Promise<Related> {
    const { now, showEvents } = this.settings;
    if (!showEvents) return { now };
    const { uid } = object.metadata;
    return { now, events: await this.events(object, { kind: gvkOf(object).kind, uid }).catch(() => []) };
  }

  /** Events about an object (searchEvents): by its name and namespace, and by what else is told of it. */
  events(object: KubeObject, { kind, uid }: { kind?: string; uid?: string | undefined }): Promise<Described[]> {
    const { name = '', namespace = '' } = object.metadata;
    const fields = [`involvedObject.name=${name}`, `involvedObject.namespace=${namespace}`];
    if (kind) fields.push(`involvedObject.kind=${kind}`);
    if (uid) fields.push(`involvedObject.uid=${uid}`);
    return this.list(CORE('events'), namespace, { fieldSelector: fields.join(',') });
  }
}
