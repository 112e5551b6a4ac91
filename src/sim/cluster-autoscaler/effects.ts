/** What one look is to do to the world. The look itself only thinks: so `why` can think the same and do nothing. */
import type { Condition, KubeObject } from '../../apimachinery/meta';
import type { BufferStatus, CapacityBuffer } from './capacity-buffers';
import type { ProvisioningRequest } from './provisioning-requests';

export type EventType = 'Normal' | 'Warning';

export interface Said {
  /** Absent: of the status ConfigMap (LogEventRecorder). */
  about?: KubeObject;
  type: EventType;
  reason: string;
  message: string;
}

/** A node whose taints, and cordon, are to be changed. */
export interface Marking {
  node: string;
  add?: { key: string; effect: string };
  remove?: string;
  cordon?: boolean;
}

export class Effects {
  readonly said: Said[] = [];
  readonly marks: Marking[] = [];
  /** Their conditions as they are to be, and those that are to be deleted. */
  readonly requests = new Map<ProvisioningRequest, Condition[]>();
  readonly oldRequests = new Set<ProvisioningRequest>();
  /** Their status as it is to be. */
  readonly buffers = new Map<CapacityBuffer, BufferStatus>();

  /** Says something of the cluster as a whole. */
  say(type: EventType, reason: string, message: string): void {
    this.said.push({ type, reason, message });
  }
  sayOf(about: KubeObject, type: EventType, reason: string, message: string): void {
    this.said.push({ about, type, reason, message });
  }
  mark(marking: Marking): void {
    this.marks.push(marking);
  }
}
