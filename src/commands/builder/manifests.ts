/** The objects of a manifest, checked as kubectl checks them before it asks anybody (StreamVisitor.Visit, unstructuredscheme). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import { asObject, type KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import { manifests } from '../../yaml/read';
import { CommandError } from '../command';
import { messageOf } from '../errors';
import { readFileText } from '../print-objects';

/** One by one, so that those before a bad one are worked off. `validate`: what --validate=strict or warn refuse at once. */
export function* manifestsOf(text: string, source: string, validate: boolean): Generator<KubeObject> {
  // Of keys that stand twice kubectl sends the last: the server never sees the others (YAMLToJSONDecoder.Decode is not strict).
  const documents = manifests(text, { duplicateKeys: 'last' });
  for (;;) {
    let next: IteratorResult<Json>;
    try {
      next = documents.next();
    } catch (error) {
      throw new CommandError(`error parsing ${source}: ${messageOf(error)}`);
    }
    if (next.done) return;
    const problem = validate ? missingType(next.value) : undefined;
    if (problem) {
      throw new CommandError(
        `error validating ${JSON.stringify(source)}: error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
      );
    }
    yield decodeManifest(next.value, source);
  }
}

/** A file's text: UTF-8, or UTF-16 with its mark. */
export async function readManifestFile(file: string, cwd: string): Promise<string> {
  const text = await readFileText(file, cwd);
  if (!text.startsWith('\ufffd\ufffd')) return text;
  const { readFileSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  const bytes = readFileSync(resolve(cwd, file));
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be';
  return new TextDecoder(encoding).decode(bytes);
}

/** What of apiVersion and kind is not said (kubectl/pkg/validation getObjectKind). */
export function missingType(value: Json): string | undefined {
  if (!isObject(value)) return 'invalid object to validate';
  const problems: string[] = [];
  for (const field of ['apiVersion', 'kind']) {
    const given = Object.hasOwn(value, field) ? value[field] : undefined;
    if (given === undefined || given === null || given === '') problems.push(`${field} not set`);
    else if (typeof given !== 'string') problems.push(`${field} isn't string type`);
  }
  if (problems.length === 0) return undefined;
  return problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
}

/** A value as an object, or the error of Go's decoder. */
function decodeManifest(value: Json, source: string): KubeObject {
  const fail = (why: string): never => {
    throw new CommandError(`unable to decode ${JSON.stringify(source)}: ${why}`);
  };
  if (!isObject(value))
    return fail(`json: cannot unmarshal ${goKind(value)} into Go value of type unstructured.detector`);
  if (typeof value.kind !== 'string' || value.kind === '' || String(value.apiVersion ?? '').split('/').length > 2) {
    fail(`Object 'Kind' is missing in '${stringifyGo(value)}'`);
  }
  const problem = metadataProblem(value.metadata);
  if (problem) fail(problem);
  return asObject({ apiVersion: '', ...value, ...(value.metadata ? {} : { metadata: {} }) });
}

const META_TYPES: Record<string, string> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  uid: 'types.UID',
  resourceVersion: 'string',
  selfLink: 'string',
  generation: 'int64',
  deletionGracePeriodSeconds: 'int64',
  creationTimestamp: 'time',
  deletionTimestamp: 'time',
  labels: 'map[string]string',
  annotations: 'map[string]string',
  finalizers: '[]string',
  ownerReferences: '[]v1.OwnerReference',
};

/** What Go says of metadata that is not one (metadataValidatingDecoder). */
function metadataProblem(metadata: Json | undefined): string | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) {
    return `json: cannot unmarshal ${goKind(metadata)} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta`;
  }
  for (const field of Object.keys(metadata)) {
    const type = Object.hasOwn(META_TYPES, field) ? (META_TYPES[field] as string) : undefined;
    const problem = type && fieldProblem(field, type, metadata[field] as Json);
    if (problem) return problem;
  }
  return undefined;
}

function fieldProblem(field: string, type: string, value: Json): string | undefined {
  const wrong = (got: Json, wanted: string) =>
    `json: cannot unmarshal ${goKind(got)} into Go struct field ObjectMeta.metadata.${field} of type ${wanted}`;
  if (value === null) return undefined;
  switch (type) {
    case 'int64':
      return typeof value === 'number' || typeof value === 'bigint' ? undefined : wrong(value, type);
    case 'time':
      if (typeof value !== 'string') return wrong(value, 'string');
      return parseTime(value) === undefined
        ? `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`
        : undefined;
    case 'map[string]string':
      return isObject(value) ? wrongMember(Object.values(value as JsonObject)) : wrong(value, type);
    case '[]string':
      return Array.isArray(value) ? wrongMember(value) : wrong(value, type);
    case '[]v1.OwnerReference':
      return Array.isArray(value) ? undefined : wrong(value, type);
    default:
      return typeof value === 'string' ? undefined : wrong(value, type);
  }
  function wrongMember(members: readonly Json[]): string | undefined {
    const bad = members.find((member) => typeof member !== 'string' && member !== null);
    return bad === undefined ? undefined : wrong(bad, 'string');
  }
}

/** What encoding/json calls a value's kind. */
function goKind(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
