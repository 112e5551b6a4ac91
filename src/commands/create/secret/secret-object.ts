/** The secret that the subcommands of `create secret` make. */
import { type JsonObject, setKey } from '../../../apimachinery/json';
import { compareStrings } from '../../../apimachinery/json-text';
import type { Generated } from '../generate';

export const appendHashFlag = {
  name: 'append-hash',
  type: 'bool',
  usage: 'Append a hash of the secret to its name.',
} as const;

export async function secretObject(secret: {
  name: string;
  namespace: string;
  /** '' for what the server has as its default. */
  type: string;
  values: Iterable<readonly [string, string | Buffer]>;
  appendHash: boolean;
}): Promise<Generated> {
  const { namespace, type, values, appendHash } = secret;
  const data: JsonObject = {};
  for (const [key, value] of [...values].sort(([a], [b]) => compareStrings(a, b))) {
    setKey(data, key, Buffer.from(value).toString('base64'));
  }
  let { name } = secret;
  if (appendHash) {
    const { contentHash } = await import('../content-hash');
    name += `-${await contentHash({ kind: 'Secret', type, name, data })}`;
  }
  return {
    namespaced: true,
    failure: 'failed to create secret ',
    object: {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name, ...(namespace ? { namespace } : {}) },
      data,
      ...(type ? { type } : {}),
    },
  };
}
