/** Rules that every declaration keeps. */
import { clone, deepFreeze } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { resourceDefinition } from '../../src/apiserver/resources/index';
import { builtinResources } from '../../src/schema/resources';
import { contextWith, NOW } from './judged';

const kinds = [...new Map(builtinResources().map((info) => [`${info.plural}.${info.group}`, info])).values()];

/** An object of which nothing is known but its name. */
function bareOf(info: (typeof kinds)[number], withSpec: boolean): KubeObject {
  return {
    apiVersion: info.group ? `${info.group}/${info.version}` : info.version,
    kind: info.kind,
    metadata: { name: 'x', ...(info.namespaced ? { namespace: 'default' } : {}), uid: 'u' },
    ...(withSpec ? { spec: {} } : {}),
  };
}

test.each(kinds.map((info) => [`${info.plural}.${info.group}`, info] as const))('%s', async (_, info) => {
  const definition = await resourceDefinition(info.group, info.plural);
  expect([definition.group, definition.resource]).toEqual([info.group, info.plural]);
  for (const withSpec of [false, true]) {
    const object = bareOf(info, withSpec);
    definition.defaults?.(object);
    const once = clone(object as never) as KubeObject;
    definition.defaults?.(object);
    expect(object).toEqual(once);
    try {
      await definition.prepareForCreate?.(object, contextWith());
    } catch (error) {
      expect(error).toHaveProperty('status.kind', 'Status');
      continue;
    }
    const stored = deepFreeze(clone(object as never) as KubeObject);
    // A stored object is frozen: to judge it, show it and compare it changes nothing.
    for (const complaint of [
      ...(definition.validate?.(stored) ?? []),
      ...(definition.validate?.(stored, stored) ?? []),
      ...(definition.validateUpdate?.(stored, stored) ?? []),
    ])
      expect(complaint).toEqual({ type: expect.any(String), field: expect.any(String), body: expect.any(String) });
    expect(definition.validateUpdate?.(stored, stored) ?? []).toEqual([]);
    for (const warning of definition.warnings?.(stored) ?? []) expect(warning).toEqual(expect.any(String));
    const cells = definition.cells?.(stored, NOW) ?? [];
    expect(cells).toHaveLength(definition.columns?.length ?? 0);
    for (const cell of cells) expect(['string', 'number', 'boolean']).toContain(typeof cell);
    for (const value of Object.values(definition.selectableFields ?? {})) expect(typeof value(stored)).toBe('string');
    for (const strategy of Object.values(definition.subresources ?? {})) {
      const changed = clone(stored as never) as KubeObject;
      await strategy.prepareForUpdate?.(changed, stored, contextWith());
      strategy.validateUpdate?.(changed, stored);
    }
  }
});
