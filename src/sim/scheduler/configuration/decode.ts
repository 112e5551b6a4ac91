/** Reads a KubeSchedulerConfiguration strictly, as kube-scheduler --config does (`cmd/kube-scheduler/app/options/configfile.go`, `config/v1/types.go` DecodeNestedObjects). */
import { isObject, type Json, type JsonObject } from '../../../apimachinery/json';
import { API_VERSION, type WrittenConfiguration } from './configuration';
import { ARGS, CONFIGURATION, type Shape } from './shape';

/** What is wrong with the text of a configuration, in upstream's words. */
export class ConfigurationError extends Error {}

const GROUP = 'kubescheduler.config.k8s.io';
const SCHEME = 'pkg/scheduler/apis/config/scheme/scheme.go:30';

/** @throws ConfigurationError */
export function decodeConfiguration(value: Json): WrittenConfiguration {
  if (!isObject(value))
    throw new ConfigurationError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${kindOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  const { apiVersion = '', kind = '' } = value;
  if (kind === '') throw new ConfigurationError(`Object 'Kind' is missing in '${JSON.stringify(value)}'`);
  if (apiVersion === '') throw new ConfigurationError(`Object 'apiVersion' is missing in '${JSON.stringify(value)}'`);
  if (apiVersion !== API_VERSION || kind !== 'KubeSchedulerConfiguration')
    throw notRegistered(String(kind), String(apiVersion));
  const unknown: string[] = [];
  check(value, CONFIGURATION, '', 'KubeSchedulerConfiguration', unknown);
  if (unknown.length > 0) throw strict(unknown);
  const configuration = value as unknown as WrittenConfiguration;
  const nested: string[] = [];
  configuration.profiles?.forEach((profile, i) => {
    profile.pluginConfig?.forEach(({ name, args }, j) => {
      const at = `decoding .profiles[${i}].pluginConfig[${j}]: `;
      try {
        decodeArgs(name, (args ?? {}) as JsonObject);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        if (!error.message.startsWith(STRICT)) throw new ConfigurationError(at + error.message);
        nested.push(at + error.message);
      }
    });
  });
  if (nested.length > 0) throw strict(nested);
  return configuration;
}

const STRICT = 'strict decoding error: ';

function strict(errors: readonly string[]): ConfigurationError {
  return new ConfigurationError(STRICT + errors.join(', '));
}

function notRegistered(kind: string, version: string): ConfigurationError {
  return new ConfigurationError(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme ${JSON.stringify(SCHEME)}`,
  );
}

/** What is not known is left to the plugin that it is for. */
function decodeArgs(name: string, args: JsonObject): void {
  const shape = Object.hasOwn(ARGS, name) ? ARGS[name] : undefined;
  if (!shape) return;
  const wanted = `${name}Args`;
  const { apiVersion = API_VERSION, kind = wanted } = args;
  const decoding = `decoding args for plugin ${name}: `;
  if (kind !== wanted) {
    if (typeof kind === 'string' && Object.keys(ARGS).some((known) => kind === `${known}Args`))
      throw new ConfigurationError(`args for plugin ${name} were not of type ${wanted}.${GROUP}, got ${kind}.${GROUP}`);
    throw new ConfigurationError(decoding + notRegistered(String(kind), String(apiVersion)).message);
  }
  if (apiVersion !== API_VERSION)
    throw new ConfigurationError(decoding + notRegistered(wanted, String(apiVersion)).message);
  const unknown: string[] = [];
  try {
    check(args, shape, '', wanted, unknown);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new ConfigurationError(decoding + error.message);
    throw error;
  }
  if (unknown.length > 0) throw strict([decoding + strict(unknown).message]);
}

/** Collects unknown fields; throws for a value of another type. */
function check(value: Json, shape: Shape, path: string, field: string, unknown: string[]): void {
  if (value === null || shape === 'any') return;
  if (typeof shape === 'string') {
    if (!scalarFits(value, shape)) throw wrongType(value, field, GO_TYPES[shape] ?? shape);
    return;
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) throw wrongType(value, field, `[]${goType(shape.list)}`);
    value.forEach((element, i) => {
      check(element, shape.list, `${path}[${i}]`, field, unknown);
    });
    return;
  }
  if (!isObject(value)) throw wrongType(value, field, `v1.${shape.struct}`);
  for (const [key, element] of Object.entries(value)) {
    const inner = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    const at = path ? `${path}.${key}` : key;
    if (!inner) unknown.push(`unknown field ${JSON.stringify(at)}`);
    else check(element, inner, at, `${field}.${key}`, unknown);
  }
}

const GO_TYPES: Readonly<Record<string, string>> = { duration: 'string' };

function goType(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  return 'list' in shape ? `[]${goType(shape.list)}` : `v1.${shape.struct}`;
}

function scalarFits(value: Json, type: string): boolean {
  switch (type) {
    case 'string':
    case 'duration':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'float32':
      return typeof value === 'number';
    default:
      return typeof value === 'number' && Number.isInteger(value);
  }
}

function wrongType(value: Json, field: string, type: string): ConfigurationError {
  const found = typeof value === 'number' && !Number.isInteger(value) ? `number ${value}` : kindOf(value);
  return new ConfigurationError(`json: cannot unmarshal ${found} into Go struct field ${field} of type ${type}`);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
