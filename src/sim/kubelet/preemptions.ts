/**
 * Who is ending to make room for a critical pod (kubernetes `pkg/kubelet/preemption/preemption.go` evictPodsToFreeRequests): on each node
 * one pod after the other, each in the time that it has to end, while no other pod is let in there. Upstream the kubelet's loop waits
 * meanwhile; here a process ends with every command, so it lies in the cluster's state beside the objects.
 */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Client } from '../../client/client';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { recalled } from '../controller-memory';
import { isPodTerminal } from '../controllers/pod-state';
import { keyOf } from '../resource-names';
import { gracePeriod, type Kill } from './stopping';

const PATH = '/kubetick/memory/kubelet/preemptions';

/** How a preempted pod ends; one whose containers all end well has succeeded. */
export const PREEMPTED = {
  type: 'Warning',
  reason: 'Preempting',
  message: 'Preempted in order to admit critical pod',
  disruption: 'Pod was preempted by Kubelet to accommodate a critical pod.',
} as const;

interface Victim {
  uid: string;
  /** Undefined until it is its turn. */
  asked?: Instant;
}

export interface Preemption {
  /** The critical pod's. */
  uid: string;
  victims: Victim[];
}

export class Preemptions {
  /** By the node's name. */
  private constructor(private readonly underWay: Map<string, Preemption>) {}

  static async load(client: Client): Promise<Preemptions> {
    const underWay = new Map<string, Preemption>();
    for (const [node, written] of Object.entries(await recalled(client, PATH))) {
      const { uid, victims } = written as unknown as { uid: string; victims: { uid: string; asked?: string }[] };
      const read = ({ uid, asked }: { uid: string; asked?: string }): Victim =>
        asked === undefined ? { uid } : { uid, asked: parseTime(asked) ?? 0 };
      underWay.set(node, { uid, victims: victims.map(read) });
    }
    return new Preemptions(underWay);
  }

  on(node: string): Preemption | undefined {
    return this.underWay.size === 0 ? undefined : this.underWay.get(node);
  }

  begin(node: string, pod: KubeObject, victims: readonly KubeObject[]): Preemption {
    const uidOf = ({ metadata: { uid = '' } }: KubeObject) => uid;
    const preemption = { uid: uidOf(pod), victims: victims.map((victim) => ({ uid: uidOf(victim) })) };
    this.underWay.set(node, preemption);
    return preemption;
  }

  end(node: string): void {
    this.underWay.delete(node);
  }

  /** Whose look it is in which they are asked: the critical pod's, or if that is gone the victim's whose turn it is; nobody's at the end. */
  driver({ uid, victims }: Preemption, cache: IndexedCache): string | undefined {
    const isThere = (uid: string) => {
      const pod = cache.byUid(uid);
      return pod !== undefined && !isPodTerminal(pod);
    };
    return isThere(uid) ? uid : victims.find((victim) => isThere(victim.uid))?.uid;
  }

  /** When this pod was asked to make room; undefined for one that was not. */
  killOf(pod: KubeObject): Kill | undefined {
    const { uid } = pod.metadata;
    const asked = this.on(pod['spec'].nodeName)?.victims.find((victim) => victim.uid === uid)?.asked;
    return asked === undefined ? undefined : { asked, grace: gracePeriod(pod) };
  }

  /** Whom it concerns on a node that a pod is gone. */
  keysOn(node: string, cache: IndexedCache): readonly string[] {
    const preemption = this.on(node);
    if (!preemption) return NOBODY;
    const pods = [preemption, ...preemption.victims].map(({ uid }) => cache.byUid(uid));
    return pods.filter((pod) => pod !== undefined).map(keyOf);
  }

  async keep(client: Client): Promise<void> {
    const body: JsonObject = {};
    for (const [node, { uid, victims }] of this.underWay)
      body[node] = {
        uid,
        victims: victims.map(
          ({ uid, asked }): JsonObject => (asked === undefined ? { uid } : { uid, asked: formatTime(asked) }),
        ),
      };
    if (this.underWay.size === 0) await client.request({ method: 'DELETE', path: PATH });
    else await client.request({ method: 'PUT', path: PATH, body });
  }
}

const NOBODY: readonly string[] = Object.freeze([]);
