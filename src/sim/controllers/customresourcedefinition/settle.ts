/**
 * What the API server's own controllers do about definitions that have just been written. A real server takes a moment for
 * it, and no simulated time: between two commands a kind is served.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { DEFINITIONS, type DefinitionStatus, specOf } from '../../../apiserver/custom/definition';
import type { Client, ResourcePath } from '../../../client/client';
import { approved } from './approval';
import { cleanUp, needsCleanup } from './finalizer';
import { acceptedNames, established } from './names';

const DEFINITIONS_PATH: ResourcePath = { ...DEFINITIONS, version: 'v1' };

/** The next thing to be said of a definition; undefined when all has been said. */
export function nextStatus(
  definition: KubeObject,
  all: readonly KubeObject[],
  now: string,
): DefinitionStatus | undefined {
  const { group } = specOf(definition);
  const others = all.filter(
    (other) => other.metadata.name !== definition.metadata.name && specOf(other).group === group,
  );
  return acceptedNames(definition, others, now) ?? established(definition, now) ?? approved(definition, now);
}

/** Lets all definitions come to rest. One that goes may set free names that others wait for. */
export async function settleDefinitions(client: Client, now: () => string): Promise<void> {
  const waiting = new Set<string>();
  for (;;) {
    const { items } = await client.list(DEFINITIONS_PATH);
    let changed = false;
    for (const definition of items) {
      const { name = '' } = definition.metadata;
      if (needsCleanup(definition)) {
        if (waiting.has(name)) continue;
        waiting.add(name);
        await cleanUp(definition, client, now);
      } else {
        const status = nextStatus(definition, items, now());
        if (!status) continue;
        await writeStatus(definition, status, client);
      }
      // What was listed is of yesterday now.
      changed = true;
      break;
    }
    if (!changed) return;
  }
}

/** A conflict leaves it to the next look. */
export async function writeStatus(definition: KubeObject, status: DefinitionStatus, client: Client): Promise<void> {
  try {
    await client.updateStatus(DEFINITIONS_PATH, { ...definition, status });
  } catch (error) {
    if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
  }
}
