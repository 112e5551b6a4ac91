/** vars: `$(NAME)` in certain fields stands for a field of a resource (accumulator, filters/refvar). */
import { formatFixed } from '../../apimachinery/float-text';
import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { lookup, splitFieldPath } from '../fields';
import { formatGvk, type Gvk, gvkOf, isClusterScoped, type ResId, sameGvk, sameId } from '../ids';
import type { Var } from '../kustomization';
import { isMissing, isStringNode, stringNode, type YamlNode } from '../node';
import type { ResourceList } from '../resource-list';

export type VarValue = string | number | boolean;

/** Adds vars to those of the bases, and has the resources that they read from remember them. @throws where a name comes twice. */
export function mergeVars(known: Map<string, Var>, more: readonly Var[], list: ResourceList): void {
  for (const variable of more) {
    const { name = '', namespace = '' } = variable.objref ?? {};
    const target: ResId = { ...objectGvk(variable), name, namespace };
    const exact = namespace !== '' || isClusterScoped(target);
    const matched = list.byAnyId((id) => (exact ? sameId(id, target) : id.name === name && sameGvk(id, target)));
    if (matched.length > 1) {
      throw new Error(`found ${matched.length} resId matches for var ${formatVar(variable)} (unable to disambiguate)`);
    }
    matched[0]?.vars.push(variable.name);
  }
  addVars(known, more);
}

export function addVars(known: Map<string, Var>, more: Iterable<Var>): void {
  for (const variable of more) {
    if (known.has(variable.name)) throw new Error(`var '${variable.name}' already encountered`);
    known.set(variable.name, variable);
  }
}

function objectGvk({ objref }: Var): Gvk {
  const { apiVersion = '', group = '', version = '', kind = '' } = objref ?? {};
  if (apiVersion === '') return { group, version, kind };
  return apiVersion.includes('/') ? gvkOf(apiVersion, kind) : { group, version: apiVersion, kind };
}

function formatVar(variable: Var): string {
  return `{${variable.name} ${formatGvk(objectGvk(variable))} {${fieldPathOf(variable)}}}`;
}

function fieldPathOf({ fieldref }: Var): string {
  return fieldref?.fieldPath || 'metadata.name';
}

/** Puts the values in; `unused` is told of vars that stand nowhere. */
export function resolveVars(
  vars: ReadonlyMap<string, Var>,
  specs: readonly FieldSpec[],
  list: ResourceList,
  unused: (names: string[]) => void,
): void {
  if (vars.size === 0) return;
  const values = new Map<string, VarValue>();
  for (const name of [...vars.keys()].sort()) values.set(name, valueFor(vars.get(name) as Var, list));
  const used = new Set<string>();
  const expand = (text: string): VarValue => expandVars(text, values, used);
  for (const { node } of list.resources) {
    for (const spec of specs) applyFieldSpec(node, spec, (field) => replaceIn(field, expand));
  }
  const names = [...values.keys()].filter((name) => !used.has(name));
  if (names.length > 0) unused(names);
}

function valueFor(variable: Var, list: ResourceList): VarValue {
  const shown = () => formatVar(variable);
  const resource = list.resources.find((each) => each.vars.includes(variable.name));
  if (!resource) throw new Error(`var '${shown()}' cannot be mapped to a field in the set of known resources`);
  let node: YamlNode | undefined;
  try {
    node = lookup(resource.node, withIndices(splitFieldPath(fieldPathOf(variable))));
  } catch {
    // Said below.
  }
  if (!node) throw new Error(`field specified in var '${shown()}' not found in corresponding resource`);
  if (node.kind !== 'scalar') return '';
  if (node.tag === '!!int' || node.tag === '!!float') return Number(node.value);
  return node.tag === '!!bool' ? node.value.toLowerCase() === 'true' : node.value;
}

/** `ports[0]` is two parts. */
function withIndices(parts: readonly string[]): string[] {
  return parts.flatMap((part) => {
    const match = /^(.*)\[(\d+)\]$/.exec(part);
    return match ? [match[1] as string, match[2] as string].filter((each) => each !== '') : [part];
  });
}

function replaceIn(node: YamlNode, expand: (text: string) => VarValue): void {
  if (isMissing(node)) return;
  if (node.kind === 'scalar') {
    if (isStringNode(node)) setValue(node, expand(node.value));
    return;
  }
  if (node.kind === 'seq') {
    for (const item of node.content) {
      if (!isStringNode(item)) throw new Error('invalid value type expect a string');
      setValue(item, expand(item.value));
    }
    return;
  }
  for (let i = 0; i < node.content.length; i += 2) {
    const key = node.content[i] as YamlNode;
    if (!isStringNode(key)) throw new Error(`invalid map key: value='${key.value}', tag='${key.tag}'`);
    const value = node.content[i + 1] as YamlNode;
    if (isStringNode(value)) setValue(value, expand(value.value));
  }
}

function setValue(node: YamlNode, value: VarValue): void {
  const made = stringNode(typeof value === 'number' ? formatFixed(value, -1) : String(value));
  if (typeof value === 'boolean') made.tag = '!!bool';
  if (typeof value === 'number') made.tag = Number.isInteger(value) ? '!!int' : '!!float';
  made.style = '';
  node.become(made);
}

/** A text that is nothing but one var becomes its value, a number too; `$$` is a dollar. */
function expandVars(text: string, values: ReadonlyMap<string, VarValue>, used: Set<string>): VarValue {
  const read = (name: string): VarValue => {
    const value = values.get(name);
    if (value === undefined) return `$(${name})`;
    used.add(name);
    return value;
  };
  const whole = /^\$\(([^)]*)\)$/.exec(text);
  if (whole) return read(whole[1] as string);
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name: string | undefined) =>
    match === '$$' ? '$' : String(read(name as string)),
  );
}
