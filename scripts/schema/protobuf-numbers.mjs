// The field numbers of types in application/vnd.kubernetes.protobuf, as src/schema/protobuf-message.ts reads them.
import { readFacts } from './facts.mjs';

/**
 * `core/v1.Volume` → { name: 1, hostPath: [2, 1], … }: a field of an embedded struct lies in a message of its own, so it has
 * the number of that one first. Types that nobody has numbers for are left out.
 */
export function protobufNumbers(types) {
  const facts = new Map(); // core/v1.Volume → field → number; (inline) ones by the short name of their struct
  for (const { type, field, number, goType } of readFacts('protobuf-fields')) {
    if (!facts.has(type)) facts.set(type, new Map());
    facts.get(type).set(field === '(inline)' ? `(${shortName(goType)})` : field, Number(number));
  }
  const numbers = new Map();
  for (const [name, { fields }] of types) {
    if (!facts.has(name)) {
      if (Object.keys(fields).length === 0) numbers.set(name, {});
      continue;
    }
    const own = {};
    for (const [field, compiled] of Object.entries(fields)) {
      if (compiled.embedded === 'TypeMeta') continue;
      own[field] = pathOf(facts, name, field, compiled.embedded);
    }
    numbers.set(name, own);
  }
  return numbers;
}

function pathOf(facts, name, field, embedded) {
  const path = [];
  let type = name;
  for (const struct of embedded ? embedded.split('.') : []) {
    path.push(numberOf(facts, type, `(${struct})`));
    type = [`${folderOf(name)}.${struct}`, `${folderOf(name).replace(/\/.*/, '/v1')}.${struct}`].find((one) =>
      facts.has(one),
    );
  }
  path.push(numberOf(facts, type, field));
  return path.length === 1 ? path[0] : path;
}

function numberOf(facts, type, field) {
  const number = facts.get(type)?.get(field);
  if (number === undefined) throw new Error(`${type} ${field} has no protobuf field number`);
  return number;
}

function folderOf(name) {
  return name.slice(0, name.lastIndexOf('.'));
}

/** `*metav1.ObjectMeta` → `ObjectMeta` */
function shortName(goType) {
  return goType.replace(/^\*/, '').replace(/^.*\./, '');
}
