/** Hides the values of secrets in a way that shows which of them differ (diff.Masker). */
import { isObject, type JsonObject, setKey } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';

const SAME = '***';
const BEFORE = '*** (before)';
const AFTER = '*** (after)';

export function maskSecrets(from: KubeObject | undefined, to: KubeObject): [KubeObject | undefined, KubeObject] {
  const before = dataOf(from);
  const after = dataOf(to);
  const differs = (key: string) =>
    before !== undefined &&
    after !== undefined &&
    Object.hasOwn(before, key) &&
    Object.hasOwn(after, key) &&
    before[key] !== after[key];
  const masked = (data: JsonObject, different: string) => {
    const hidden: JsonObject = {};
    for (const key of Object.keys(data)) setKey(hidden, key, differs(key) ? different : SAME);
    return hidden;
  };
  return [
    from && before ? { ...from, data: masked(before, BEFORE) } : from,
    after ? { ...to, data: masked(after, AFTER) } : to,
  ];
}

function dataOf(secret: KubeObject | undefined): JsonObject | undefined {
  return isObject(secret?.data) ? secret.data : undefined;
}
