/** One resource that a command works on: where it is from, where it lives, and what is known of it (cli-runtime resource.Info). */
import { formatGroupVersion, type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { type Client, resourcePath } from '../../client/client';
import type { ResourceInfo } from '../../schema/schema';

export class Info {
  /** Of local commands: none. */
  client?: Client;
  mapping?: ResourceInfo;
  namespace = '';
  name = '';
  /** The file that it was read from, as it was named; '' for what the server has. */
  source = '';
  /** The object as read or as last answered; shared and perhaps frozen: copy before changing. */
  object?: KubeObject;
  resourceVersion = '';
  subresource = '';
  /** Headers of requests that read it (tables for `get`). */
  headers?: Record<string, string>;
  /** Query of requests that read it. */
  query?: Record<string, string>;

  constructor(fields: Partial<Info>) {
    Object.assign(this, fields);
  }

  get namespaced(): boolean {
    return this.mapping ? this.mapping.namespaced : this.namespace !== '';
  }

  /** Asks the server for it (Info.Get): where it is missing because its namespace is, that is what is said. */
  async get(): Promise<KubeObject> {
    const { client, mapping, namespace, name, subresource } = this.reachable();
    try {
      const object = await client.request<KubeObject>({
        method: 'GET',
        path: resourcePath(whereOf(mapping), mapping.namespaced ? namespace : '', name, subresource),
        ...(this.query ? { query: this.query } : {}),
        ...(this.headers ? { headers: this.headers } : {}),
      });
      this.object = object;
      this.resourceVersion = object.metadata?.resourceVersion ?? '';
      return object;
    } catch (error) {
      if (isReason(error, 'NotFound') && namespace !== '' && namespace !== 'default') {
        try {
          await client.request({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` });
        } catch (missing) {
          if (isReason(missing, 'NotFound')) throw missing;
        }
      }
      throw error;
    }
  }

  /** Takes over what the server answered (Info.Refresh). */
  refresh(object: KubeObject): void {
    this.object = object;
    const { name, namespace, resourceVersion } = object.metadata ?? {};
    this.name = name ?? '';
    this.namespace = namespace ?? '';
    this.resourceVersion = resourceVersion ?? '';
  }

  /** Puts it into a namespace, the object too. */
  setNamespace(namespace: string): void {
    this.namespace = namespace;
    const { object } = this;
    if (!object || (object.metadata?.namespace ?? '') === namespace) return;
    const metadata = { ...object.metadata };
    if (namespace === '') delete metadata.namespace;
    else metadata.namespace = namespace;
    this.object = { ...object, metadata };
  }

  /** `deployments/web`: how warnings name it (Info.ObjectName). */
  get objectName(): string {
    if (this.mapping) return `${this.mapping.plural}/${this.name}`;
    const { apiVersion = '', kind = '' } = this.object ?? {};
    const { group } = parseGroupVersion(apiVersion);
    // Upstream ends a local object's name with a newline where its kind has a group.
    return group ? `${kind.toLowerCase()}.${group}/${this.name}\n` : `${kind.toLowerCase()}/${this.name}`;
  }

  /** Client and mapping of what is not local. */
  reachable(): { client: Client; mapping: ResourceInfo; namespace: string; name: string; subresource: string } {
    const { client, mapping, namespace, name, subresource } = this;
    if (!client || !mapping) throw new TypeError('a local command asked the server');
    return { client, mapping, namespace, name, subresource };
  }
}

/** Where a mapping's objects live. */
export function whereOf(mapping: ResourceInfo): { group: string; version: string; resource: string } {
  return { group: mapping.group, version: mapping.version, resource: mapping.plural };
}

/** `/v1, Resource=pods`, `apps/v1, Resource=deployments` (schema.GroupVersionResource.String). */
export function formatGvr(mapping: ResourceInfo): string {
  return `${mapping.group}/${mapping.version}, Resource=${mapping.plural}`;
}

/** `apps/v1, Kind=Deployment` (schema.GroupVersionKind.String). */
export function formatGvk(mapping: { group: string; version: string; kind: string }): string {
  return `${mapping.group}/${mapping.version}, Kind=${mapping.kind}`;
}

/** `no matches for kind "Nonsense" in version "v1"` (meta.NoKindMatchError). */
export function noKindMatch(gvk: { group: string; version: string; kind: string }): string {
  return `no matches for kind ${JSON.stringify(gvk.kind)} in version ${JSON.stringify(formatGroupVersion(gvk))}`;
}
