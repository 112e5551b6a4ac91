/**
 * What the autoscaler remembers from one look to the next. Upstream keeps it in memory; here it is the status of the one
 * ClusterAutoscaler, so that another process goes on from there. Instants are written as RFC 3339.
 */
import { isObject, type Json, type JsonObject, jsonOf, setKey } from '../../apimachinery/json';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { ScaleUpDecision } from './decision';

export interface ScaleUpRequest {
  increase: number;
  time: Instant;
  expectedAddTime: Instant;
}

export interface BackOff {
  /** Milliseconds. */
  duration: number;
  until: Instant;
  lastFailed: Instant;
  errorCode: string;
  errorMessage: string;
}

/** A node that is being removed (upstream: a goroutine). */
export interface Deletion {
  group: string;
  drain: boolean;
  started: Instant;
  /** Pods are being evicted since then; absent: the taint has to be seen first. */
  evicting?: Instant;
  /** Pods that took their eviction; by `namespace/name`. */
  evicted?: string[];
  /** Those that the API server did not let go the last time, and why. */
  refused?: string[];
  /** They are waited for, until then. */
  waitUntil?: Instant;
  /** The group of priorities that is evicted now. */
  round?: number;
  /** Everybody is gone; annotations hold it up until then. */
  delayedUntil?: Instant;
  /** Its group goes as a whole: so many nodes of it at once. */
  batch?: number;
  /** Nothing holds it up any more but others of its group, */
  ready?: true;
  /** or the instant until which those are gathered that go together. */
  gatheredUntil?: Instant;
  /** Another node of its group could not go. */
  doomed?: true;
}

export interface Transition {
  status: string;
  since: Instant;
}

export interface AutoscalerState {
  lastScaleUp?: Instant;
  lastScaleDownDelete?: Instant;
  lastScaleDownFail?: Instant;
  /** By group. */
  scaleUpRequests: Record<string, ScaleUpRequest>;
  backOffs: Record<string, BackOff>;
  /** Machine → since when it is known not to have registered. */
  unregistered: Record<string, Instant>;
  incorrectSizes: Record<string, { current: number; expected: number; first: Instant }>;
  /** Machines whose creation error was seen. */
  seenErrors: string[];
  /** Node → since when it is unneeded. */
  unneeded: Record<string, Instant>;
  /** Node → until when it is not looked at again, and why it could not be emptied. */
  unremovable: Record<string, { until: Instant; reason: string; pod?: string; why?: string }>;
  deletions: Record<string, Deletion>;
  /** For delays by group. */
  groupTimes: Record<string, { up?: Instant; down?: Instant; fail?: Instant }>;
  /** What the status map says of each thing, and since when. */
  transitions: Record<string, Transition>;
  /** It is the turn of the pods of ProvisioningRequests; when one was worked on last; by uid, how long it waits for its next try. */
  provisioningTurn?: true;
  lastProvisioning?: Instant;
  provisioningBackOffs: Record<string, number>;
  /** The last time that groups were compared. */
  decision?: ScaleUpDecision;
}

export function emptyState(): AutoscalerState {
  return {
    scaleUpRequests: {},
    backOffs: {},
    unregistered: {},
    incorrectSizes: {},
    seenErrors: [],
    unneeded: {},
    unremovable: {},
    deletions: {},
    groupTimes: {},
    transitions: {},
    provisioningBackOffs: {},
  };
}

export function readState(status: Json | undefined): AutoscalerState {
  return { ...emptyState(), ...(isObject(status) ? (withInstants(status) as JsonObject) : {}) } as AutoscalerState;
}

/** Without what says nothing. */
export function writeState(state: AutoscalerState): JsonObject {
  const told: JsonObject = {};
  for (const [key, value] of Object.entries(jsonOf(withTimes(jsonOf(state)) as JsonObject))) {
    const empty = Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
    if (!empty && value !== undefined) told[key] = value;
  }
  return told;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
/** No other number here is as large as the milliseconds of an instant. */
const FIRST_INSTANT = 1e11;

function withInstants(value: Json): Json {
  if (typeof value === 'string' && TIME.test(value)) return parseTime(value) ?? value;
  return mapped(value, withInstants);
}

function withTimes(value: Json): Json {
  return typeof value === 'number' && value > FIRST_INSTANT ? formatTime(value) : mapped(value, withTimes);
}

function mapped(value: Json, change: (value: Json) => Json): Json {
  if (Array.isArray(value)) return value.map(change);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const one = value[key];
    if (one !== undefined) setKey(result, key, change(one));
  }
  return result;
}
