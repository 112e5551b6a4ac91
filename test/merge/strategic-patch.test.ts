import { readFileSync, writeFileSync } from 'node:fs';
import { deepFreeze, type JsonObject } from '../../src/apimachinery/json';
import { parseJson, stringifyGo } from '../../src/apimachinery/json-text';
import { parseGroupVersion } from '../../src/apimachinery/meta';
import { applyStrategicPatch } from '../../src/merge/strategic-patch';
import { kindSchema } from '../../src/schema/catalog';
import { describeWithKubectl, type Outcome, patchWithKubectl } from './kubectl';
import { type StrategicCase, strategicCases } from './strategic-cases';

const file = `${__dirname}/testdata/strategic-patch.json`;
const recorded = parseJson(readFileSync(file, 'utf8')) as unknown as Record<string, Outcome>;

function outcomeOf({ kind, original, patch }: StrategicCase): Outcome {
  const { group, version } = parseGroupVersion(original['apiVersion'] as string);
  try {
    return { result: applyStrategicPatch(deepFreeze(original), deepFreeze(patch), kindSchema(group, version, kind)!) };
  } catch (error) {
    return { error: (error as Error).message.trimEnd() };
  }
}

/** As text, so that the order of lists and every digit count and the order of keys does not. */
const text = (outcome: Outcome): string => stringifyGo(outcome as JsonObject);

test('every case has a name of its own and an answer from kubectl', () => {
  expect(new Set(strategicCases.map(({ kind, name }) => `${kind}: ${name}`)).size).toBe(strategicCases.length);
  expect(Object.keys(recorded).sort()).toEqual(strategicCases.map(({ kind, name }) => `${kind}: ${name}`).sort());
});

test.each(strategicCases.map((one) => [`${one.kind}: ${one.name}`, one] as const))('%s', (name, one) => {
  expect(text(outcomeOf(one))).toBe(text(recorded[name] as Outcome));
});

describeWithKubectl('strategic patches against the real kubectl', () => {
  test('what is recorded is what it says', () => {
    const told: Record<string, Outcome> = {};
    for (const { name, kind, original, patch } of strategicCases) {
      told[`${kind}: ${name}`] = patchWithKubectl(original, patch, 'strategic');
    }
    if (process.env['KUBETICK_RECORD']) {
      const lines = Object.entries(told).map(([name, outcome]) => `${JSON.stringify(name)}: ${text(outcome)}`);
      writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
      return;
    }
    for (const [name, outcome] of Object.entries(told)) {
      expect(`${name} ${text(outcome)}`).toBe(`${name} ${text(recorded[name] as Outcome)}`);
    }
  });
});
