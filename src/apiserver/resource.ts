/**
 * One kind, declared (rule 2): what the generic registry can't know from the schema. A module in `resources/` default-exports
 * one of these; a kind without a module gets the plain behaviour of its schema. Group, version, names, scope and verbs are in
 * the compiled index (schema/resources.ts).
 */
import type { FieldError } from '../apimachinery/field-error';
import type { KubeObject } from '../apimachinery/meta';
import type { Clock } from '../sim/clock';
import type { Random } from '../sim/random';
import type { UserInfo } from './authentication';
import type { FeatureGates } from './feature-gates';

/** What a declaration may ask for beside the object. Given per request. */
export interface StrategyContext {
  clock: Clock;
  /** Forked for this request. */
  random: Random;
  /** Reads other objects, for the few kinds that must (a Service's addresses). */
  read: ResourceReader;
  /** What is on and off, for what hangs on it. */
  featureGates: FeatureGates;
  /** Who asks, for the few kinds that keep it. */
  user?: UserInfo;
  /** What the server hands out to Services. */
  serviceRanges: ServiceRanges;
  /** Nothing will be written. */
  dryRun: boolean;
}

/** What kube-apiserver is started with (--service-cluster-ip-range, --service-node-port-range). */
export interface ServiceRanges {
  /** One of each family, that of the default family first. */
  readonly cidrs: readonly string[];
  /** The first and the last. */
  readonly nodePorts: readonly [number, number];
}

/** An object of another, cluster-scoped kind that is written in the same commit; without the object, it goes. */
export interface Companion {
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly object: KubeObject | undefined;
}

/** Reads straight from the store: frozen objects with their resourceVersion. */
export interface ResourceReader {
  get(group: string, resource: string, namespace: string, name: string): Promise<KubeObject | undefined>;
  list(group: string, resource: string, namespace?: string): Promise<KubeObject[]>;
  /** As `get`, and at once where the store has it at hand. */
  find(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): KubeObject | undefined | Promise<KubeObject | undefined>;
}

/** A column of `kubectl get` (metav1.TableColumnDefinition). Priority 0 shows always, above that with -o wide. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description: string;
  priority: number;
}

export type Cell = string | number | boolean | null;

export interface SubresourceStrategy {
  /** Called on the whole object that the subresource's write would store, after the parts it may not touch were reset. */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): void | Promise<void>;
  validateUpdate?(object: KubeObject, old: KubeObject, warn?: (text: string) => void): FieldError[];
}

/** What reads need of a declaration. Where it stands in a module of its own, whoever only reads is spared the rest. */
export type ResourceView = Pick<ResourceDefinition, 'columns' | 'cells' | 'rowOrder' | 'selectableFields'>;

export interface ResourceDefinition {
  group: string;
  /** `pods` */
  resource: string;
  /** Which names are valid; default: DNS subdomain (NameIsDNSSubdomain). Returns upstream's complaints. */
  validateName?(name: string, prefix: boolean): string[];
  /** Fills in what 1.36 defaults (pkg/apis/<group>/<version>/defaults.go). Mutates; must be idempotent; also run on read-modify-write. */
  defaults?(object: KubeObject): void;
  /** The registry has already dropped status (unless `keepsStatusOnCreate`) and set generation 1 where the kind has generations. */
  prepareForCreate?(object: KubeObject, context: StrategyContext): void | Promise<void>;
  /**
   * For kinds of which many are made of one body: whether such an object, as it was created, is like all others of its body but for its
   * name, its uid, and when it was made. Its validation may not tell names apart that the server generates.
   */
  hasLikes?(object: KubeObject): boolean;
  /** The registry has already put the old status back; it raises generation when spec changed (or when `generationChanged` says so). */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): void | Promise<void>;
  /**
   * Only what the schema can't say; upstream's texts and order. Object meta is validated by the registry, first. Run on create
   * and on update, where `old` is what is stored: what was allowed then stays allowed. `warn` takes what is only to be told.
   */
  validate?(object: KubeObject, old?: KubeObject, warn?: (text: string) => void, gates?: FeatureGates): FieldError[];
  /** Called with the result of the update, after validate() has been run on it. */
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
  /** Texts of Warning headers (pkg/registry/…/strategy.go WarningsOnCreate). */
  warnings?(object: KubeObject, old?: KubeObject): string[];
  /** A Node keeps the status it is created with; most kinds don't. */
  keepsStatusOnCreate?: boolean;
  /** False for kinds without metadata.generation (ConfigMap, Secret, ServiceAccount, …). Default: the schema has a spec. */
  hasGeneration?: boolean;
  /** Where something other than a spec change raises generation. */
  generationChanged?(object: KubeObject, old: KubeObject): boolean;
  /** PUT on a name that doesn't exist creates it (Endpoints, Leases, Events and a few more). */
  allowCreateOnUpdate?: boolean;
  /** PUT without a resourceVersion is refused, where the strategy says so. Default: allowed. */
  requiresResourceVersionOnUpdate?: boolean;
  columns?: readonly Column[];
  /** The cells of one row, in the order of `columns`. */
  cells?(object: KubeObject, now: number): Cell[];
  /** In which order rows stand, by their cells, where that is another than that of the keys. */
  rowOrder?(a: readonly unknown[], b: readonly unknown[]): number;
  /** Field selectors beside metadata.name and metadata.namespace: `spec.nodeName` → its value as text. */
  selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** Seconds of grace for a delete, or undefined for none (immediate). Pods: spec.terminationGracePeriodSeconds, 0 when unscheduled … */
  gracePeriod?(object: KubeObject, requested: number | undefined): number | undefined;
  /** Called on a copy when its deletion is first asked for; where it says so, the object is stored and waits for its finalizers. */
  startDeletion?(object: KubeObject, now: string): void;
  /** Called when the object leaves the store, e.g. a Service gives its addresses back. */
  afterDelete?(object: KubeObject, context: StrategyContext): void | Promise<void>;
  /** A resource of the core group whose object of the same name goes with it, in the same commit: the Endpoints of a Service. */
  takesAlong?: string;
  /**
   * What comes and goes with an object when it is made (no `old`), changed, and deleted (no `object`). A new one whose name is
   * taken fails the write, which is then tried anew.
   */
  companions?(
    object: KubeObject | undefined,
    old: KubeObject | undefined,
    context: StrategyContext,
  ): readonly Companion[];
  /** The default for `propagationPolicy` when the request names none: orphan for a few old kinds; else background. */
  defaultGarbageCollection?: 'background' | 'orphan';
  /** Strategies of subresources: `status`, and others with writes of their own. */
  subresources?: Readonly<Record<string, SubresourceStrategy>>;
  /** The scale subresource's paths, for kinds that have one. */
  scale?: {
    specReplicas: string;
    statusReplicas: string;
    selector: (object: KubeObject) => string;
    /** Custom kinds: the number may be absent, and then there is no scale; or be no number, and this says so. */
    complaint?(object: KubeObject): string | undefined;
  };
  /** Turns an object into another served version of its kind; absent where there is one version. Storage is `storageVersion`. */
  storageVersion?: string;
  convert?(object: KubeObject, version: string): KubeObject;
}
