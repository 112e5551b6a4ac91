/**
 * Kustomize's strategic merge, of a patch into a node. It differs from the API server's (src/merge): new items of lists come
 * first, and go without merge keys where the schema is not known (kyaml/yaml/merge2 over kyaml/yaml/walk).
 */
import { fieldNames, fieldOf, findElement, getField, requireKind, setElement, setField } from './fields';
import type { MergeSchema, MergeSchemas } from './merge-schema';
import { isEmptyMap, isEmptyNode, isMissing, scalarNode, seqNode, type YamlNode } from './node';

/** Undefined when the patch deletes all of it. The result shares nodes with both. */
export function mergePatch(node: YamlNode, patch: YamlNode, schemas: MergeSchemas): YamlNode | undefined {
  return new Merger(schemas).merge(node, patch, undefined);
}

class Merger {
  constructor(private readonly schemas: MergeSchemas) {}

  /** What becomes of `old` under `patch`; undefined is nothing. Either may be missing. */
  merge(old: YamlNode | undefined, patch: YamlNode | undefined, known: MergeSchema | undefined): YamlNode | undefined {
    const schema = known ?? this.schemaOf(old) ?? this.schemaOf(patch);
    const kind = !isMissing(old) ? old.kind : !isMissing(patch) ? patch.kind : undefined;
    if (kind !== undefined) {
      requireKind(old, kind);
      requireKind(patch, kind);
    }
    if (kind === 'scalar') return patch ?? old;
    if (kind === 'seq') return schema?.keys ? this.mergeLists(old, patch, schema, schema.keys) : (patch ?? old);
    return this.mergeMaps(old, patch, schema);
  }

  private schemaOf(node: YamlNode | undefined): MergeSchema | undefined {
    if (isMissing(node)) return undefined;
    const kind = fieldOf(node, 'kind')?.value;
    const apiVersion = fieldOf(node, 'apiVersion')?.value;
    return kind && apiVersion ? this.schemas(apiVersion, kind) : undefined;
  }

  private mergeMaps(
    old: YamlNode | undefined,
    patch: YamlNode | undefined,
    schema: MergeSchema | undefined,
  ): YamlNode | undefined {
    const target = mapTarget(old, patch);
    if (!target) return undefined;
    if (target.kind !== 'map') return target;
    const names = new Set([...fieldNames(target), ...(patch?.kind === 'map' ? fieldNames(patch) : [])]);
    for (const name of [...names].sort()) {
      const merged = this.merge(fieldOf(target, name), fieldOf(patch, name), schema?.field(name));
      setField(target, name, merged);
    }
    return target;
  }

  private mergeLists(
    old: YamlNode | undefined,
    patch: YamlNode | undefined,
    schema: MergeSchema,
    keys: readonly string[],
  ): YamlNode | undefined {
    const target = listTarget(old, patch);
    if (!target) return undefined;
    const sources = [target, patch] as const;
    if (keys.length === 0) return this.mergeItems(sources, primitiveValues(sources), [''], schema);
    return this.mergeItems(sources, keyValues(sources, keys), keys, schema);
  }

  /** Joins items of the same keys; the patch's items stand first (walk/associative_sequence.go). */
  private mergeItems(
    [target, patch]: readonly [YamlNode, YamlNode | undefined],
    allValues: string[][],
    keys: readonly string[],
    schema: MergeSchema,
  ): YamlNode | undefined {
    const valuesList = keys.length > 1 ? joinPartialKeys(allValues) : allValues;
    const merged = seqNode();
    let valid: { keys: string[]; values: string[] } = { keys: [], values: [] };
    for (const values of valuesList) {
      if (values.length === 0) continue;
      valid = validKeys(valuesList, values, keys);
      const own = validKeys([valid.values], valid.values, valid.keys);
      const item = this.merge(
        findElement(target, own.keys, own.values),
        patch && findElement(patch, own.keys, own.values),
        schema.items(),
      );
      if (isMissing(item) || isEmptyMap(item)) {
        setElement(target, undefined, valid.keys, valid.values);
        continue;
      }
      for (const [i, key] of valid.keys.entries()) {
        const value = valid.values[i] as string;
        if (key !== '' && item.kind === 'map' && !fieldOf(item, key) && value !== '') {
          setField(item, key, scalarNode(value));
        }
      }
      setElement(merged, item, valid.keys, valid.values);
    }
    const result = valuesList.length > 0 ? appendItems(merged, target, valid.keys) : target;
    return isMissing(result) ? undefined : result;
  }
}

type Directive = 'merge' | 'replace' | 'delete';

/** What the mapping is merged into, or undefined when nothing is to be left (Merger.VisitMap). */
function mapTarget(old: YamlNode | undefined, patch: YamlNode | undefined): YamlNode | undefined {
  if (isMissing(old)) {
    let directive: Directive | undefined;
    try {
      directive = directiveOf(patch);
    } catch {
      // What has no directive is simply taken.
    }
    if (directive === 'delete') return undefined;
    const kept = old as YamlNode | undefined;
    if (!patch && kept && kept.value !== '') {
      const persistent = scalarNode(kept.value, '!!null');
      persistent.keep = true;
      return persistent;
    }
    return patch;
  }
  if (patch?.tag === '!!null') return undefined;
  switch (directiveOf(patch)) {
    case 'delete':
      return undefined;
    case 'replace':
      return patch;
    default:
      return old;
  }
}

function listTarget(old: YamlNode | undefined, patch: YamlNode | undefined): YamlNode | undefined {
  if (isMissing(old)) return patch;
  return mapTarget(old, patch);
}

/** `$patch`, which is taken out. */
function directiveOf(patch: YamlNode | undefined): Directive {
  if (!patch) return 'merge';
  if (patch.kind === 'map') {
    const node = getField(patch, '$patch');
    if (!node) return 'merge';
    const directive = knownDirective(node.value);
    setField(patch, '$patch', undefined);
    return directive;
  }
  if (patch.kind === 'seq') {
    const item = patch.content.find((each) => fieldOf(each, '$patch'));
    if (!item || item.content.length > 2) return 'merge';
    const value = fieldOf(item, '$patch')?.value ?? '';
    const directive = knownDirective(value);
    setElement(patch, undefined, ['$patch'], [value]);
    return directive;
  }
  throw new Error(`no implemented strategic merge patch strategy for '${patch.tag}' ('${patch.value}\n')`);
}

function knownDirective(text: string): Directive {
  if (text === 'merge' || text === 'replace' || text === 'delete') return text;
  throw new Error(`unknown patch strategy '${text}'`);
}

/** The values of the keys of all items, the patch's first; each once. */
function keyValues([target, patch]: readonly [YamlNode, YamlNode | undefined], keys: readonly string[]): string[][] {
  return unique(
    [patch, target].flatMap((list) =>
      (list?.content ?? []).map((item) =>
        keys.map((key) => {
          const field = fieldOf(item, key);
          return isEmptyNode(field) ? '' : (field as YamlNode).value;
        }),
      ),
    ),
  );
}

function primitiveValues([target, patch]: readonly [YamlNode, YamlNode | undefined]): string[][] {
  return unique([patch, target].flatMap((list) => (list?.content ?? []).map((item) => [item.value])));
}

function unique(lists: string[][]): string[][] {
  const seen = new Set<string>();
  return lists.filter((list) => {
    const id = JSON.stringify(list);
    if (list.length === 0 || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/** Items that say a part of their keys only are taken for those whose other keys are the same. */
function joinPartialKeys(valuesList: string[][]): string[][] {
  const result = [...valuesList];
  for (let i = 0; i < result.length; i++) {
    for (let j = 0; j < result.length; j++) {
      const joined = joinKeys(result[i] as string[], result[j] as string[]);
      if (joined) result[i] = result[j] = joined;
    }
  }
  return result;
}

function joinKeys(a: string[], b: string[]): string[] | undefined {
  if (a.length !== b.length) return undefined;
  let common = false;
  const joined: string[] = [];
  for (const [i, value] of a.entries()) {
    const other = b[i] as string;
    if (value === other) common = true;
    else if (value !== '' && other !== '') return undefined;
    joined.push(value || other);
  }
  return common ? joined : undefined;
}

/** Keys that some item has; those that none has can't tell items apart. */
function validKeys(
  valuesList: readonly string[][],
  values: readonly string[],
  keys: readonly string[],
): { keys: string[]; values: string[] } {
  const used = new Set<string>();
  for (const each of valuesList) for (const [i, value] of each.entries()) if (value !== '') used.add(keys[i] as string);
  if (used.size === 0) return { keys: [...keys], values: [...values] };
  return {
    keys: keys.filter((key) => used.has(key)),
    values: values.filter((value, i) => value !== '' || used.has(keys[i] as string)),
  };
}

/** Behind what was merged come the items that were not, in their order. */
function appendItems(target: YamlNode, source: YamlNode, keys: readonly string[]): YamlNode {
  for (const item of source.content) {
    if (keys[0] === '') {
      setElement(target, item, [''], [item.value]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = getField(item, key);
      if (value) values.push(value.value);
      else target.content.push(item);
    }
    if (keys.length > 1) setElement(target, undefined, keys, values);
    setElement(target, item, keys, values);
  }
  return target;
}
