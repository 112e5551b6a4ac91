import { readFileSync, writeFileSync } from 'node:fs';
import { deepFreeze, isObject, type Json, type JsonObject } from '../../src/apimachinery/json';
import { parseJson, stringifyGo, stringifyJson } from '../../src/apimachinery/json-text';
import { parseGroupVersion } from '../../src/apimachinery/meta';
import type { Decision } from '../../src/merge/decision';
import { keyUnchanged, metadataKeyUnchanged } from '../../src/merge/strategic-diff';
import { applyStrategicPatch } from '../../src/merge/strategic-patch';
import { createThreeWayStrategicPatch, type ThreeWayOptions } from '../../src/merge/three-way';
import { kindSchema } from '../../src/schema/catalog';
import { describeWithKubectl, type Outcome, patchesOfKubectlApply } from './kubectl';
import { type ThreeWayCase, threeWayCases } from './three-way-cases';

const file = `${__dirname}/testdata/three-way-patch.json`;
const recorded = parseJson(readFileSync(file, 'utf8')) as unknown as Record<string, Outcome>;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function schemaOf(object: JsonObject) {
  const { group, version } = parseGroupVersion(object['apiVersion'] as string);
  return kindSchema(group, version, object['kind'] as string)!;
}

function merge({ last, file, live }: ThreeWayCase, options?: ThreeWayOptions) {
  return createThreeWayStrategicPatch(
    deepFreeze({ lastApplied: last, modified: file, current: live }),
    schemaOf(file),
    options,
  );
}

function outcomeOf(one: ThreeWayCase): Outcome {
  try {
    return { result: merge(one).patch };
  } catch (error) {
    return { error: (error as Error).message.trimEnd() };
  }
}

const text = (outcome: Outcome | undefined): string => stringifyGo(outcome as JsonObject | undefined);

test('every case has a name of its own and an answer from kubectl', () => {
  expect(new Set(threeWayCases.map(({ name }) => name)).size).toBe(threeWayCases.length);
  expect(Object.keys(recorded).sort()).toEqual(threeWayCases.map(({ name }) => name).sort());
});

test.each(threeWayCases.map((one) => [one.name, one] as const))('%s', (name, one) => {
  expect(text(outcomeOf(one))).toBe(text(recorded[name]));
});

describe('what the patches do', () => {
  const good = threeWayCases.filter(({ name }) => recorded[name] && 'result' in recorded[name]);

  test.each(good.map((one) => [one.name, one] as const))('applied twice as once: %s', (_, one) => {
    const schema = schemaOf(one.file);
    const once = applyStrategicPatch(one.live, merge(one).patch, schema);
    const again = merge({ ...one, last: one.file, live: once }).patch;
    expect(stringifyGo(applyStrategicPatch(once, again, schema))).toBe(stringifyGo(once));
  });
});

describe('conflicts', () => {
  const find = (name: string) => threeWayCases.find((one) => one.name === name) as ThreeWayCase;

  test('without overwrite, what others changed differently is refused', () => {
    const act = () => merge(find('ConfigMap: changed by others, the file is right'), { overwrite: false });
    expect(act).toThrow(
      'patch:\n{"data":{"a":"1"}}\n\nconflicts with changes made from original to current:\n{"data":{"a":"9"}}\n\n',
    );
  });

  test.each([
    ['ConfigMap: changed by others to what the file wants now', false],
    ['ConfigMap: added by others stays', false],
    ['ConfigMap: dropped, and changed by others since', true],
    ['ConfigMap: deleted by others, the file wants it', true],
    ['Deployment: replicas: fought over with an autoscaler', true],
    ['Pod: containers: one of others stays', false],
    ['Pod: env: one changed, one added, one dropped', false],
    ['Pod: tolerations: those of others are lost', true],
  ])('%s: %s', (name, conflicts) => {
    const act = () => merge(find(name), { overwrite: false });
    if (conflicts) expect(act).toThrow('conflicts with changes made from original to current');
    else expect(act).not.toThrow();
  });

  test('a precondition on the name', () => {
    const renamed = { ...find('ConfigMap: added') };
    renamed.file = { ...renamed.file, metadata: { name: 'y' } };
    const preconditions = [keyUnchanged('kind'), metadataKeyUnchanged('name')];
    expect(() => merge(renamed, { preconditions })).toThrow(
      'precondition failed for: map[data:map[b:2] metadata:map[name:y]]',
    );
    expect(() => merge(find('ConfigMap: added'), { preconditions })).not.toThrow();
  });
});

describe('decisions', () => {
  const told = (name: string): string[] =>
    merge(threeWayCases.find((one) => one.name === name) as ThreeWayCase)
      .decisions.filter(({ path }) => path[0] === 'data' || path[0] === 'spec' || path[1] === 'finalizers')
      .map(tell);
  const tell = ({ path, action, rule, live, result }: Decision): string =>
    `${path.map((step) => (isObject(step as Json) ? stringifyJson(step as Json) : step)).join(' ')}: ${action} ${rule} ${short(live)} → ${short(result)}`;
  const short = (value: Json | undefined): string => (value === undefined ? '-' : stringifyJson(value));

  test.each([
    ['ConfigMap: added', ['data a: keep unchanged "1" → "1"', 'data b: add set-by-file - → "2"']],
    ['ConfigMap: changed', ['data a: change set-by-file "1" → "2"']],
    ['ConfigMap: dropped', ['data a: keep unchanged "1" → "1"', 'data b: remove dropped-from-file "2" → -']],
    [
      'ConfigMap: added by others stays',
      ['data a: keep unchanged "1" → "1"', 'data z: keep kept-other-writer "9" → "9"'],
    ],
    ['ConfigMap: null in the file deletes', ['data a: remove set-by-file "1" → -']],
    ['ConfigMap: finalizers: one dropped', ['metadata finalizers: change merged-as-set ["a/a","b/b"] → ["a/a"]']],
    [
      'Pod: tolerations: those of others are lost',
      ['spec tolerations: change replaced-atomic [{"key":"a"},{"key":"z"}] → [{"key":"a"}]'],
    ],
    [
      'Pod: containers: one dropped',
      [
        'spec containers: change merged-by-key [{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}] → [{"name":"a","image":"a:1"}]',
        'spec containers {"name":"a"} name: keep unchanged "a" → "a"',
        'spec containers {"name":"a"} image: keep unchanged "a:1" → "a:1"',
        'spec containers {"name":"b"} name: remove dropped-from-file "b" → -',
        'spec containers {"name":"b"} image: remove dropped-from-file "b:1" → -',
      ],
    ],
    [
      'Deployment: strategy: to Recreate when the server defaulted it',
      [
        'spec strategy type: change set-by-file "RollingUpdate" → "Recreate"',
        'spec strategy rollingUpdate maxSurge: remove retain-keys "25%" → -',
        'spec strategy rollingUpdate maxUnavailable: remove retain-keys "25%" → -',
      ],
    ],
    ['Deployment: replicas: dropped for an autoscaler', ['spec replicas: remove dropped-from-file 7 → -']],
  ])('%s', (name, expected) => {
    expect(told(name)).toEqual(expected);
  });
});

describeWithKubectl('three-way patches against the real kubectl', () => {
  test('what is recorded is what it says', async () => {
    const named = (object: JsonObject, i: number, annotations?: JsonObject): JsonObject => ({
      ...object,
      metadata: {
        ...(object['metadata'] as JsonObject),
        name: `case-${i}`,
        namespace: 'default',
        ...(annotations ? { annotations } : {}),
      },
    });
    const sent = await patchesOfKubectlApply(
      threeWayCases.map(({ last, file, live }, i) => ({
        file: named(file, i),
        live: named(live, i, last ? { [LAST_APPLIED]: stringifyJson(named(last, i)) } : {}),
      })),
    );
    const told = Object.fromEntries(
      threeWayCases.map(({ name }, i) => [name, withoutAnnotation(sent.get(`case-${i}`) ?? { result: {} })]),
    );
    if (process.env['KUBETICK_RECORD']) {
      const lines = Object.entries(told).map(([name, outcome]) => `${JSON.stringify(name)}: ${text(outcome)}`);
      writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
      return;
    }
    for (const { name } of threeWayCases) expect(`${name} ${text(told[name])}`).toBe(`${name} ${text(recorded[name])}`);
  });
});

/** The annotation is in every patch of kubectl and in none of ours. */
function withoutAnnotation(outcome: Outcome): Outcome {
  if (!('result' in outcome) || !isObject(outcome.result)) return outcome;
  const { metadata, ...rest } = outcome.result;
  const { annotations: _, ...others } = (metadata ?? {}) as JsonObject;
  return { result: Object.keys(others).length > 0 ? { ...rest, metadata: others } : rest };
}
