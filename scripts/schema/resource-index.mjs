// The index of served resources: paths tell verbs, scope and subresources; the tables tell names and order.
import { createHash } from 'node:crypto';
import { list, readFacts } from './facts.mjs';

const VERBS = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** ResourceInfo[] (src/schema/schema.ts) in the order of discovery: groups by priority, then names, versions by preference, resources by name. */
export function resourceIndex(types, groups, paths) {
  const names = new Map(readFacts('resource-names').map((row) => [`${row.group} ${row.resource}`, row]));
  const subresourceKinds = new Map(
    readFacts('subresource-kinds').map((row) => [`${row.group} ${row.resource} ${row.subresource}`, row]),
  );
  const index = [];
  const ordered = [...groups].sort((a, b) => Number(b.priority) - Number(a.priority) || (a.group < b.group ? -1 : 1));
  for (const { group, types: folder, served } of ordered) {
    for (const version of served) {
      const kinds = kindsByPlural(types, `${folder}/${version}.`);
      const found = resourcesOf(paths, group === '' ? `/api/${version}/` : `/apis/${group}/${version}/`);
      for (const [plural, { namespaced, verbs, subresources }] of [...found].sort(byName)) {
        const kind = kinds.get(plural);
        if (!kind) throw new Error(`no kind for ${plural} in ${group}/${version}`);
        const row = names.get(`${group} ${plural}`);
        index.push({
          group,
          version,
          kind,
          plural,
          singular: kind.toLowerCase(),
          shortNames: list(row?.shortNames ?? ''),
          categories: list(row?.categories ?? ''),
          namespaced,
          verbs: [...verbs].sort(),
          ...(verbs.has('watch') ? { storageVersionHash: storageVersionHash(...storedAs(group, kind, served)) } : {}),
          subresources: [...subresources].sort(byName).map(([name, subverbs]) => {
            const other = subresourceKinds.get(`${group} ${plural} ${name}`);
            return {
              name,
              group: other ? other.kindGroup : group,
              version: other?.kindVersion ?? version,
              kind: other?.kind ?? kind,
              verbs: [...subverbs].sort(),
            };
          }),
        });
      }
    }
  }
  return index;
}

/** The group, version and kind that a resource is stored as: the preferred version, and events as they always were. */
function storedAs(group, kind, served) {
  return group === 'events.k8s.io' ? ['', 'v1', kind] : [group, served[0], kind];
}

/** discovery.StorageVersionHash */
function storageVersionHash(group, version, kind) {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function byName([a], [b]) {
  return a < b ? -1 : 1;
}

/** `pods` → { namespaced, verbs, subresources: status → verbs } */
function resourcesOf(paths, prefix) {
  const found = new Map();
  for (const [path, methods] of paths) {
    if (!path.startsWith(prefix) || path === prefix) continue;
    let rest = path.slice(prefix.length);
    const namespaced = rest.startsWith('namespaces/{namespace}/');
    if (namespaced) rest = rest.slice('namespaces/{namespace}/'.length);
    const [plural, name, subresource, tail] = rest.split('/');
    if (tail) continue; // proxy/{path}
    if (!found.has(plural)) found.set(plural, { namespaced: false, verbs: new Set(), subresources: new Map() });
    const resource = found.get(plural);
    if (namespaced) resource.namespaced = true;
    if (subresource) resource.subresources.set(subresource, new Set(verbsOf(methods)));
    else if (name) for (const verb of verbsOf(methods)) resource.verbs.add(verb);
    else {
      if (methods.has('GET')) resource.verbs.add('list');
      if (methods.has('POST')) resource.verbs.add('create');
      if (methods.has('DELETE')) resource.verbs.add('deletecollection');
    }
  }
  // Watching is a list with a parameter, which the paths don't tell: whatever can be listed and written can be watched.
  for (const { verbs } of found.values()) if (verbs.has('list') && verbs.has('create')) verbs.add('watch');
  return found;
}

function verbsOf(methods) {
  return [...methods].map((method) => VERBS[method]).filter(Boolean);
}

/** Every kind of a group and version by the plural that upstream gives it (meta.UnsafeGuessKindToResource, and endpoints). */
function kindsByPlural(types, prefix) {
  const kinds = new Map();
  for (const [name, type] of types) {
    if (!name.startsWith(prefix) || !type.kind) continue;
    const kind = name.slice(prefix.length);
    kinds.set(plural(kind.toLowerCase()), kind);
  }
  return kinds;
}

function plural(singular) {
  if (singular === 'endpoints') return singular;
  if (singular.endsWith('s')) return `${singular}es`;
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}
