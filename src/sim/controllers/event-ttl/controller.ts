/**
 * Lets events go an hour after they were last written (kube-apiserver --event-ttl; in a real cluster etcd does it). Whole
 * minutes at a time, so that a quiet day is not made of steps for single events.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { Context, Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
const TTL = 3_600_000;
const MINUTE = 60_000;

const controller: Controller = {
  name: 'event-ttl-controller',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  watches: [{ resource: 'events', keys: (event) => [keyOf(event)] }],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const event = context.cache.get('events', namespace, name);
    if (!event) return undefined;
    const left = expiry(event) - context.clock.now();
    return left > 0 ? { requeueAfter: left, periodic: true } : remove(namespace, name, context);
  },
};

function expiry(event: KubeObject): number {
  const written = event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'];
  const { creationTimestamp } = event.metadata;
  // Events made by hand may bear times of long ago.
  const instant = Math.max(parseTime(written ?? '') ?? 0, parseTime(creationTimestamp ?? '') ?? 0);
  return Math.ceil((instant + TTL) / MINUTE) * MINUTE;
}

async function remove(namespace: string, name: string, { client }: Context): Promise<undefined> {
  try {
    await client.delete(EVENTS, namespace, name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

export default controller;
