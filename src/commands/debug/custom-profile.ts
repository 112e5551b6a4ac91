/** --custom: part of a container, laid over the one to debug with (applyCustomProfile). */
import { isObject, type Json, type JsonObject, jsonOf, setKey } from '../../apimachinery/json';
import type { Schema } from '../../schema/schema';
import { CommandError } from '../command';
import { messageOf } from '../errors';
import type { Container } from './pod-parts';

/** @throws CommandError where the file can't be read as part of a container */
export async function readCustomProfile(file: string, cwd: string): Promise<Partial<Container>> {
  const { readFileSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EISDIR' ? 'read' : 'open';
    const reason = why === 'read' ? 'is a directory' : 'no such file or directory';
    throw new CommandError(`must pass a container spec json file for custom profile: ${why} ${file}: ${reason}`);
  }
  const { parseYaml } = await import('../../yaml/read');
  const { decodeValue } = await import('../../schema/decode');
  try {
    const schema = await containerSchema();
    const value = asTexts(parseYaml(text), schema);
    if (value === null) return {};
    if (!isObject(value)) throw new Error(`json: cannot unmarshal ${goType(value)} into Go value of type v1.Container`);
    return decodeValue(value, schema).object as unknown as Partial<Container>;
  } catch (error) {
    const message = messageOf(error).replace(/^json: /, 'error unmarshaling JSON: while decoding JSON: json: ');
    throw new CommandError(`${file} does not contain a valid container spec: ${message}`);
  }
}

/** YAML that is read for a type makes texts of what should be texts: `y` is "true" (sigs.k8s.io/yaml convertToJSONableObject). */
function asTexts(value: Json, schema: Schema | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => asTexts(item, schema?.items));
  if (isObject(value)) {
    const texts: JsonObject = {};
    for (const [key, member] of Object.entries(value))
      setKey(texts, key, asTexts(member, schema?.type === 'object' ? schema.field?.(key) : schema?.items));
    return texts;
  }
  const isScalar = typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint';
  return isScalar && schema?.type === 'string' ? String(value) : value;
}

function goType(value: Json): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Changes the container in place. */
export async function applyCustomProfile(container: Container, custom: Partial<Container>): Promise<void> {
  const { applyStrategicPatch } = await import('../../merge/strategic-patch');
  const patch = jsonOf({ ...custom, name: container.name }) as JsonObject;
  const patched = applyStrategicPatch(jsonOf(container) as JsonObject, patch, await containerSchema());
  for (const name of Object.keys(container))
    if (!Object.hasOwn(patched, name)) delete container[name as keyof Container];
  Object.assign(container, patched);
}

async function containerSchema(): Promise<Schema> {
  const { useCompiledSchema } = await import('../../host/schema-files');
  const { kindSchema } = await import('../../schema/catalog');
  await useCompiledSchema();
  return kindSchema('', 'v1', 'Pod')?.field?.('spec')?.field?.('containers')?.items as Schema;
}
