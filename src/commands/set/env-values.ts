/** What a variable refers to, and its value (kubectl pkg/cmd/set/env/env_resolve.go). */
import { sortStrings } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import { isQualifiedName } from '../../apimachinery/names';
import { milliValue, wholeValue } from '../../apimachinery/quantity';
import type { Client } from '../../client/client';
import { CommandError } from '../command';
import type { Container, EnvVar } from './pod-spec';

type Source = NonNullable<EnvVar['valueFrom']>;

/** `secret settings, key colour` (GetEnvVarRefString). */
export function describeSource({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: Source): string {
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name ?? ''}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name ?? ''}, key ${secretKeyRef.key}`;
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  if (resourceFieldRef) {
    const container = resourceFieldRef.containerName ? `${resourceFieldRef.containerName}/` : '';
    return `resource field ${container}${resourceFieldRef.resource}`;
  }
  return 'invalid valueFrom';
}

/** Looks values up; config maps and secrets are asked for once. */
export class EnvResolver {
  private readonly holders = new Map<string, KubeObject>();

  constructor(
    private readonly client: () => Promise<Client>,
    private readonly namespace: string,
  ) {}

  /** Throws where there is none (GetEnvVarRefValue). */
  async value(source: Source, object: KubeObject, container: Container): Promise<string> {
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = source;
    if (secretKeyRef) {
      const { name = '', key } = secretKeyRef;
      const data = (await this.holder('secrets', name)).data ?? {};
      if (Object.hasOwn(data, key)) return Buffer.from(data[key], 'base64').toString('utf8');
      throw new CommandError(`key ${key} not found in secret ${name}`);
    }
    if (configMapKeyRef) {
      const { name = '', key } = configMapKeyRef;
      const data = (await this.holder('configmaps', name)).data ?? {};
      if (Object.hasOwn(data, key)) return data[key];
      throw new CommandError(`key ${key} not found in config map ${name}`);
    }
    if (fieldRef) return fieldValue(object, fieldRef.fieldPath);
    if (resourceFieldRef) return resourceValue(container, resourceFieldRef);
    throw new CommandError('invalid valueFrom');
  }

  private async holder(resource: string, name: string): Promise<KubeObject> {
    const key = `${resource}/${name}`;
    const known = this.holders.get(key);
    if (known) return known;
    const client = await this.client();
    const holder = await client.get({ group: '', version: 'v1', resource }, this.namespace, name);
    this.holders.set(key, holder);
    return holder;
  }
}

/** extractFieldPathAsString. */
function fieldValue({ metadata }: KubeObject, path: string): string {
  const subscripted = /^(.+?)\['(.*)'\]$/s.exec(path);
  if (subscripted) {
    const [, field, key] = subscripted as unknown as [string, string, string];
    if (field !== 'metadata.annotations' && field !== 'metadata.labels') {
      throw new CommandError(`fieldPath ${JSON.stringify(path)} does not support subscript`);
    }
    const annotations = field === 'metadata.annotations';
    const complaints = isQualifiedName(annotations ? key.toLowerCase() : key);
    if (complaints.length > 0) throw new CommandError(`invalid key subscript in ${path}: ${complaints.join(';')}`);
    const entries = (annotations ? metadata.annotations : metadata.labels) ?? {};
    return Object.hasOwn(entries, key) ? (entries[key] as string) : '';
  }
  switch (path) {
    case 'metadata.annotations':
      return formatEntries(metadata.annotations ?? {});
    case 'metadata.labels':
      return formatEntries(metadata.labels ?? {});
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    default:
      throw new CommandError(`unsupported fieldPath: ${path}`);
  }
}

function formatEntries(entries: Readonly<Record<string, string>>): string {
  return sortStrings(Object.keys(entries))
    .map((key) => `${key}=${JSON.stringify(entries[key])}`)
    .join('\n');
}

/** In units of the divisor, rounded up (extractContainerResourceValue). */
function resourceValue(
  { resources = {} }: Container,
  { resource, divisor }: NonNullable<Source['resourceFieldRef']>,
): string {
  const known = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/.exec(resource);
  if (!known) throw new CommandError(`Unsupported container resource : ${resource}`);
  const [, list, name] = known as unknown as [string, 'limits' | 'requests', string];
  const amounts = resources[list] ?? {};
  const amount = Object.hasOwn(amounts, name) ? amounts[name] : undefined;
  const measure = name === 'cpu' ? milliValue : wholeValue;
  const unit = !divisor || measure(divisor) === 0 ? '1' : divisor;
  return String(Math.ceil(measure(amount) / measure(unit)));
}
