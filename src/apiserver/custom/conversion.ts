/**
 * Between the version that custom objects are stored in and the one they are served in (apiextensions-apiserver
 * `pkg/apiserver/customresource_handler.go` crdConversionRESTOptionsGetter, `conversion/nop_converter.go`): whatever was stored
 * is pruned and defaulted anew, by the definition of today.
 */
import { isObject, type JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { internalError } from '../../apimachinery/status';
import type { JsonSchema } from '../../schema/json-schema';
import { dropNulls, pruneObject } from '../../schema/prune';
import type { Conversion } from '../conversion/conversion';
import { applyDefaults } from './defaults';
import type { CustomResourceSpec } from './definition';

/** The conversion for one served version. */
export function customConversion(spec: CustomResourceSpec, version: string): Conversion {
  const schemas = new Map(spec.versions.map(({ name, schema }) => [name, schema?.openAPIV3Schema]));
  const storage = spec.versions.find((one) => one.storage)?.name ?? version;
  const served = `${spec.group}/${version}`;
  const stored = `${spec.group}/${storage}`;
  return {
    fromStored(object) {
      const own = parseGroupVersion(object.apiVersion).version;
      checkStrategy(spec, own, version);
      let value = coerced(asJson(object), schemas.get(own), spec);
      if (own !== version) value = coerced({ ...value, apiVersion: served }, schemas.get(version), spec);
      applyDefaults(value, schemas.get(version));
      return withMeta(value, object);
    },
    toStored(object) {
      if (version === storage) return object;
      checkStrategy(spec, version, storage);
      const value = coerced({ ...asJson(object), apiVersion: stored }, schemas.get(storage), spec);
      return withMeta(value, object);
    },
    isStale: (object) => object.apiVersion !== stored,
  };
}

/** A copy, pruned; what has no schema, or keeps unknown fields as definitions of old do, stays as it is. */
function coerced(value: JsonObject, schema: JsonSchema | undefined, spec: CustomResourceSpec): JsonObject {
  if (!schema || spec.preserveUnknownFields) return { ...value };
  const { object } = pruneObject(value, schema);
  dropNulls(object, schema);
  return object;
}

/** Metadata is never pruned: the stored one is shared. */
function withMeta(value: JsonObject, { metadata }: KubeObject): KubeObject {
  return asObject(isObject(value) ? { ...value, metadata: { ...metadata } as unknown as JsonObject } : value);
}

/** @throws ApiError 500: there is nobody here who could be asked to convert. */
function checkStrategy(spec: CustomResourceSpec, from: string, to: string): void {
  if (from === to || spec.conversion?.strategy !== 'Webhook') return;
  const { group, names } = spec;
  throw internalError(
    `conversion webhook for ${group}/${from}, Kind=${names.kind} failed: this server calls no webhooks, and ${group}/${to} was asked for`,
  );
}
