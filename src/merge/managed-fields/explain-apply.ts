/**
 * Tells what a server-side apply did, path by path, from what came out of it: who owns the field now, who did, what became of
 * it. `lastApplied` is what the manager itself applied before: as long as it owns a field, that is the live value.
 */
import { deepEqual, isObject, type Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Decision, Rule } from '../decision';
import type { Applied, ApplyArgs } from './apply';
import { formatPath } from './conflict';
import { childrenOf, difference, type FieldSet, hasPath, pathsOf, union } from './field-set';
import { formatManager, identityKey, type ManagerIdentity, type Managers } from './managers';
import { decisionElement } from './path-element';
import { fieldsOf } from './typed-value';
import { withoutManagedFields } from './update';
import { typeOf, type ValueType } from './value-type';

export function explainApply(
  { live, applied, schema }: ApplyArgs,
  { fields, lastFields, taken }: Applied,
  object: KubeObject,
  managers: Managers,
  identity: ManagerIdentity,
): Decision[] {
  const type = typeOf(schema);
  const own = identityKey(identity);
  const takenFrom = new Map(taken.map(({ owner, path }) => [formatPath(path), formatManager(owner)]));
  const decide = (path: string[], rule?: Rule): Decision | undefined => {
    const [before, wanted, after] = [live, applied, object].map((side) => valueAt(asJson(side), path, type));
    const action = actionOf(before, after);
    if (action === undefined) return undefined;
    const former = takenFrom.get(formatPath(path));
    const other = [...managers].find(([key, manager]) => key !== own && hasPath(manager.fields, path))?.[1].entry;
    const kept = rule === 'relinquished' && action !== 'remove';
    const owner = rule === undefined ? (former ?? formatManager(identity)) : other && formatManager(other);
    return {
      path: path.map(decisionElement),
      ...(before !== undefined && lastFields && hasPath(lastFields, path) ? { lastApplied: before } : {}),
      ...(before !== undefined ? { live: before } : {}),
      ...(wanted !== undefined ? { wanted } : {}),
      ...(after !== undefined ? { result: after } : {}),
      action,
      rule: kept ? 'kept-other-writer' : (rule ?? (former ? 'conflict' : 'owned-by-manager')),
      ...(owner ? { owner } : {}),
    };
  };
  const applies = leavesOf(fields).map((path) => decide(path));
  const givenUp = leavesOf(lastFields ? difference(lastFields, fields) : {}).map((path) =>
    decide(path, 'relinquished'),
  );
  const others = difference(fieldsOf(withoutManagedFields(object), type), union(fields, lastFields));
  const kept = leavesOf(others).map((path) => decide(path, 'kept-other-writer'));
  const all = [...applies, ...givenUp, ...kept].filter((decision) => decision !== undefined);
  // A map that is told of field by field is not told of as a whole too.
  const around = new Set(all.flatMap(({ path }) => path.map((_, i) => JSON.stringify(path.slice(0, i)))));
  return all.filter(({ path }) => !around.has(JSON.stringify(path)));
}

function actionOf(before: Json | undefined, after: Json | undefined): Decision['action'] | undefined {
  if (before === undefined) return after === undefined ? undefined : 'add';
  if (after === undefined) return 'remove';
  return deepEqual(before, after) ? 'keep' : 'change';
}

/** The members that have no members below them. */
function leavesOf(set: FieldSet): string[][] {
  return pathsOf(set).filter((path) => {
    let node: FieldSet = set;
    for (const element of path) node = node[element] as FieldSet;
    return childrenOf(node).length === 0;
  });
}

function valueAt(value: Json | undefined, path: readonly string[], type: ValueType): Json | undefined {
  let current = value;
  let at = type;
  for (const element of path) {
    if (element.startsWith('f:')) {
      if (!isObject(current)) return undefined;
      const name = element.slice(2);
      current = Object.hasOwn(current, name) ? current[name] : undefined;
      at = at.field(name).type;
    } else {
      if (!Array.isArray(current) || at.ownership === 'leaf') return undefined;
      const list: ValueType = at;
      current = current.find((item) => list.elementOf(item) === element);
      at = list.items;
    }
  }
  return current;
}
