/** What merges go by where apply itself has no merge at hand: a new object, and one that the server merges. */
import type { JsonObject } from '../../apimachinery/json';
import { asJson, formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { useCompiledSchema } from '../../host/schema-files';
import { explainMerge } from '../../merge/explain-merge';
import { applyManaged } from '../../merge/managed-fields/manager';
import { kindSchema } from '../../schema/catalog';
import type { Schema } from '../../schema/schema';
import { type Info, whereOf } from '../builder/info';
import { messageOf } from '../errors';
import type { MergeRecord } from './explanation';

/** Of an object that is to be made. */
export async function recordCreation(
  info: Info,
  file: JsonObject,
  { fieldManager }: { fieldManager: string },
): Promise<MergeRecord> {
  const schema = await schemaOf(info);
  return {
    mode: 'client-side',
    file,
    hasLastApplied: true,
    decisions: explainMerge({ wanted: file, result: file }, schema),
    merged: file,
    schema,
    fieldManager,
  };
}

/**
 * Of a server-side apply: the server's own merge, done here as well, since the server tells only what came of it. What
 * others own is taken, so that it can be said what would be.
 */
export async function recordServerSide(
  info: Info,
  live: KubeObject | undefined,
  file: KubeObject,
  options: { fieldManager: string; subresource: string },
): Promise<MergeRecord | undefined> {
  const schema = (await schemaOf(info)) ?? (await customSchema(info));
  try {
    const { object, decisions } = applyManaged({
      live,
      applied: file,
      schema,
      manager: options.fieldManager,
      apiVersion: file.apiVersion,
      subresource: options.subresource || undefined,
      now: '',
      force: true,
      resetFields: [['status']],
    });
    return {
      mode: 'server-side',
      live,
      file: asJson(file),
      hasLastApplied: true,
      decisions,
      merged: asJson(object),
      schema,
      fieldManager: options.fieldManager,
    };
  } catch {
    // The file is no such object: the server says so in better words.
    return undefined;
  }
}

/** The object as it is; undefined where it is not there, or not to be seen. */
export async function liveObject(info: Info): Promise<KubeObject | undefined> {
  const { client, mapping, namespace, name, subresource } = info.reachable();
  const path = resourcePath(whereOf(mapping), mapping.namespaced ? namespace : '', name, subresource);
  try {
    return await client.request<KubeObject>({ method: 'GET', path });
  } catch {
    return undefined;
  }
}

async function schemaOf(info: Info): Promise<Schema | undefined> {
  const { mapping } = info.reachable();
  await useCompiledSchema();
  return kindSchema(mapping.group, mapping.version, mapping.kind);
}

/** The schema of a custom kind, from its definition. */
async function customSchema(info: Info): Promise<Schema> {
  const { client, mapping } = info.reachable();
  const { schemaFromCrd } = await import('../../schema/from-crd');
  const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
  try {
    const definition = await client.get(definitions, '', `${mapping.plural}.${mapping.group}`);
    const versions = (definition.spec?.versions ?? []) as { name: string; schema?: { openAPIV3Schema?: JsonObject } }[];
    return schemaFromCrd(versions.find(({ name }) => name === mapping.version)?.schema?.openAPIV3Schema);
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Forbidden')) return schemaFromCrd(undefined);
    throw new Error(`the fields of ${formatGroupVersion(mapping)} ${mapping.kind} can't be read: ${messageOf(error)}`);
  }
}
