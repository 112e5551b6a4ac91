/** Completes and runs `compare`. */
import { type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { isReason } from '../../apimachinery/status';
import type { ClusterCopy } from '../../cluster/paths';
import { CommandError, type Invocation } from '../command';
import { differingPaths, type Fate, type ObjectOutcome, outcomeOf } from './outcome';
import { type NamedObject, type Snapshot, shownValue, takeSnapshots } from './snapshots';
import { type ComparedVerb, commandOf, readSteps, readVerbs, type Step } from './steps';
import { type Ran, ThrowAwayCluster } from './throw-away-cluster';

/** What one verb did, and what came of it: outcomes by the name of the object. */
export interface Trial {
  verb: ComparedVerb;
  ran: Ran[];
  outcomes: Map<string, ObjectOutcome>;
}

export interface Comparison {
  steps: readonly Step[];
  trials: readonly Trial[];
  objects: readonly NamedObject[];
}

export async function runCompare(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  const verbs = readVerbs(invocation);
  const steps = readSteps(invocation);
  const copy = await copyOf(invocation);
  const objects = new Map<string, NamedObject>();
  const trials: Trial[] = [];
  for (const verb of verbs) trials.push(await tryVerb(invocation, copy, verb, steps, objects));
  const comparison = { steps, trials, objects: [...objects.values()] };
  if (output === '') {
    const { comparisonText } = await import('./comparison-table');
    streams.out(await comparisonText(streams, comparison));
  } else if (output === 'json') {
    const { stringifyGo } = await import('../../apimachinery/json-text');
    streams.out(`${stringifyGo(comparisonObject(comparison), { indent: '    ' })}\n`);
  } else {
    const { toYaml } = await import('../../yaml/write');
    streams.out(toYaml(comparisonObject(comparison)));
  }
}

async function copyOf(invocation: Invocation): Promise<ClusterCopy> {
  const client = await invocation.client();
  try {
    return await client.request<ClusterCopy>({ method: 'GET', path: '/kubetick/copy' });
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Forbidden')) throw error;
    throw new CommandError('compare needs a cluster in a folder: another server gives no copy of itself');
  }
}

async function tryVerb(
  invocation: Invocation,
  copy: ClusterCopy,
  verb: ComparedVerb,
  steps: readonly Step[],
  objects: Map<string, NamedObject>,
): Promise<Trial> {
  const cluster = await ThrowAwayCluster.of(copy, invocation);
  try {
    const taken = [await takeSnapshots(invocation, cluster, steps, undefined)];
    const ran: Ran[] = [];
    for (const step of steps) {
      ran.push(await cluster.run(commandOf(step, verb)));
      taken.push(await takeSnapshots(invocation, cluster, steps, step));
    }
    const outcomes = new Map<string, ObjectOutcome>();
    for (const [name, { named }] of taken.at(-1) ?? []) {
      objects.set(name, named);
      const history = taken.map((snapshots): Snapshot | undefined => snapshots.get(name));
      outcomes.set(name, outcomeOf(history, steps));
    }
    return { verb, ran, outcomes };
  } finally {
    await cluster.close();
  }
}

function comparisonObject({ steps, trials, objects }: Comparison): JsonObject {
  return {
    apiVersion: 'kubetick.dev/v1',
    kind: 'Comparison',
    steps: steps.map(({ kind, text }) => ({ kind, text })),
    verbs: trials.map(({ verb, ran }) => ({
      verb: verb.name,
      steps: ran.map(({ command, stdout, stderr, exitCode }) => ({ command: [...command], stdout, stderr, exitCode })),
    })),
    objects: objects.map((named) => {
      const { name, apiVersion, kind, namespace } = named;
      const outcomes = trials.map((trial) => trial.outcomes.get(name));
      const present = outcomes.filter((outcome) => outcome !== undefined);
      return {
        object: {
          apiVersion,
          kind,
          name: name.replace(/^[^/]*\//, '').replace(/ \(.*$/, ''),
          ...(namespace ? { namespace } : {}),
        },
        differing: differingPaths(present),
        results: trials.map(({ verb }, i) => ({
          verb: verb.name,
          ...outcomeObject(named, outcomes[i], differingPaths(present)),
        })),
      };
    }),
  };
}

function outcomeObject(
  named: NamedObject,
  outcome: ObjectOutcome | undefined,
  differing: readonly string[],
): JsonObject {
  if (!outcome?.exists) return { exists: false, lost: (outcome?.lost ?? []).map((fate) => fateObject(named, fate)) };
  const { lastApplied, managers, generation, kept, lost, fields } = outcome;
  const values: JsonObject = {};
  for (const path of differing)
    if (fields.has(path)) setKey(values, path, shownValue(named, path, fields.get(path) as Json));
  return {
    exists: true,
    lastAppliedBytes: lastApplied ?? null,
    managers: managers.map(({ manager, operation, subresource, time }) => ({
      manager,
      operation,
      ...(subresource ? { subresource } : {}),
      ...(time ? { time } : {}),
    })),
    ...(generation === undefined ? {} : { generation }),
    kept: kept.map((fate) => fateObject(named, fate)),
    lost: lost.map((fate) => fateObject(named, fate)),
    values,
  };
}

function fateObject(named: NamedObject, { path, value, step, now }: Fate): JsonObject {
  const shown = shownValue(named, path, value);
  return { path, value: shown, step, ...(now === undefined ? {} : { now: shownValue(named, path, now) }) };
}
