/** `blame`: each field of an object with who wrote it, how and when. Kubetick's own. */
import type { Json, JsonObject } from '../../apimachinery/json';
import type { KubeObject, ManagedFieldsEntry } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import { type Command, CommandError, type Invocation, type Streams } from '../command';
import { selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'blame (TYPE/NAME | TYPE NAME)',
  short: 'Show who wrote each field of an object, how and when',
  completion: { offer: 'types-and-names' },
  long: `Show an object as YAML, and in the margin of each line who owns the field: the field manager, its operation, and when it last wrote something. Nobody owns what the server keeps itself, such as the uid, and what stands there from the start.

A field that several own has all of them, the last writer first.`,
  examples: `# Who wrote what of a deployment
kubectl blame deployment/web

# For a program
kubectl blame deployment/web -o json`,
  flags: [
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    selectorFlag,
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    args,
    selector: flags.string('selector'),
    namespace,
    allowEmptySelector: explicit,
    latest: true,
    flatten: true,
  });
  const objects: KubeObject[] = [];
  await result.visit((info) => {
    objects.push(info.object as KubeObject);
  });
  if (output === '') {
    const texts: string[] = [];
    for (const object of objects) texts.push(await blameText(object, streams));
    streams.out(texts.join('---\n'));
    return;
  }
  const { blamedFields } = await import('./blamed-fields');
  const items = objects.map((object) => blameObject(object, blamedFields(object)));
  const [first] = items;
  const whole: JsonObject =
    items.length === 1 && first ? first : { apiVersion: 'kubetick.dev/v1', kind: 'BlameList', items };
  if (output === 'json') {
    const { stringifyGo } = await import('../../apimachinery/json-text');
    streams.out(`${stringifyGo(whole, { indent: '    ' })}\n`);
  } else {
    const { toYaml } = await import('../../yaml/write');
    streams.out(toYaml(whole));
  }
}

async function blameText(object: KubeObject, streams: Streams): Promise<string> {
  const { blamedLines } = await import('./blamed-lines');
  const { withMargin } = await import('./margin');
  return withMargin(await blamedLines(object), streams);
}

function blameObject(
  object: KubeObject,
  fields: readonly { path: string; value: Json; owners: ManagedFieldsEntry[] }[],
): JsonObject {
  const { apiVersion, kind } = object;
  const { name = '', namespace } = object.metadata;
  return {
    apiVersion: 'kubetick.dev/v1',
    kind: 'Blame',
    object: { apiVersion, kind, name, ...(namespace ? { namespace } : {}) },
    fields: fields.map(({ path, value, owners }) => ({
      path,
      value,
      owners: owners.map(({ manager, operation, apiVersion: version, time, subresource }) => ({
        manager,
        operation,
        apiVersion: version,
        ...(time ? { time } : {}),
        ...(subresource ? { subresource } : {}),
      })),
    })),
  };
}
