/** One admission plugin: changes or refuses what is about to be stored (apiserver `admission/interfaces.go`). */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { Revision } from '../../store/store';
import type { UserInfo } from '../authentication';
import type { ServerCore } from '../request-context';
import type { ServedResource } from '../served-resource';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What an admission plugin is shown. */
export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly resource: ServedResource;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' while generateName has not been resolved. */
  readonly name: string;
  /** What is to be stored; absent for a delete. Only `admit` may change it, and only copies of what is frozen in it. */
  readonly object?: KubeObject;
  /** What is stored now; frozen. */
  readonly oldObject?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** What the request says beside its body: a CreateOptions, an UpdateOptions, a DeleteOptions. */
  readonly options: JsonObject;
  readonly core: ServerCore;
  /** Kept from one plugin to the next, for those who change what others have seen already. */
  readonly reinvocation: Reinvocation;
  warn(text: string): void;
  /** Notes something in the audit log, or only where it has requests whole; the first to use a key keeps it. */
  annotate(key: string, value: string, level?: 'Request'): void;
  /** Told after each plugin that may have changed the object, where somebody wants to know. */
  changed?: ((plugin: string) => void) | undefined;
}

/**
 * Plugins that change objects by somebody's rules ask for a second round of all (apiserver `admission/reinvocation.go`): others
 * may have a say in what they have made.
 */
export interface Reinvocation {
  /** This is the second round. */
  again: boolean;
  wanted: boolean;
  /** What a plugin remembers from the first to the second, by its name. */
  readonly memory: Map<string, unknown>;
}

/** What a plugin's say on a new object hangs on, beside what was sent and by whom: for objects of which many are made alike. */
export interface Grounds {
  /** While nothing changes under these prefixes of the store, it says the same again. */
  readonly unchanged?: readonly string[];
  /** While nothing lies under these, it says nothing; what it says else, it says of each object by itself. */
  readonly empty?: readonly string[];
  readonly lot?: Lot;
}

/** A text in an object that was drawn by chance, and is drawn for the next one. */
export interface Lot {
  readonly text: string;
  /** @param revision of the store before the next one is in it */
  draw(revision: Revision): string;
}

export interface AdmissionPlugin {
  /** `NamespaceLifecycle` */
  readonly name: string;
  /** Whether it has anything to say; asked once per kind of request, so it must not depend on anything else. */
  handles(operation: Operation, resource: ServedResource, subresource: string): boolean;
  /** First all plugins may change the object … */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** … then, when it is complete, all may refuse it. Both throw ApiError. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
  /**
   * What it has said of a new object, which `attributes` shows as it was stored, hangs on (moulds.ts). Undefined, as where a plugin has
   * no such function: it must be asked of each.
   * @param body what was sent
   */
  grounds?(attributes: AdmissionAttributes, body: JsonObject): Grounds | undefined;
}
