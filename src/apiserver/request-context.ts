/** What the steps of the pipeline hand on to each other. */
import type { Executed } from '../apimachinery/executed';
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { Clock } from '../sim/clock';
import type { ContainerLog } from '../sim/kubelet/container-log';
import type { UsageReader } from '../sim/load/usage-reader';
import type { Random } from '../sim/random';
import type { Store } from '../store/store';
import type { AdmissionChain } from './admission/chain';
import type { AdmissionSteps } from './admission/explained-changes';
import type { AskAdmissionWebhook } from './admission/webhooks/ask';
import type { AuditRecord } from './audit/record';
import type { LoadAuthentication, UserInfo } from './authentication';
import type { TokenIssuer } from './authenticators/token-issuer';
import type { Authorizer } from './authorization';
import type { ResourceCatalog } from './catalog';
import type { Accepted } from './encoding/negotiate';
import type { FeatureGates } from './feature-gates';
import type { ReceivedBody } from './received-body';
import type { RequestInfo } from './request-info';
import type { ResourceReader, ServiceRanges } from './resource';
import type { ServedResource } from './served-resource';

/** What one server holds for all its requests. */
export interface ServerCore {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly catalog: ResourceCatalog;
  readonly admission: AdmissionChain;
  readonly authorizer: Authorizer | undefined;
  readonly reader: ResourceReader;
  readonly featureGates: FeatureGates;
  readonly serviceRanges: ServiceRanges;
  /**
   * Resolves when a namespace that is new may have got its ServiceAccount `default`. A real server waits for that a second or
   * two; where time stands still, its controller is given the word.
   */
  readonly awaitDefaultAccount: ((namespace: string) => Promise<void>) | undefined;
  /**
   * Resolves when the objects of a group that every cluster has are in the store: roles and bindings, flow schemas and their levels. A real
   * server makes them before it is ready; here they wait until somebody asks for any of their group.
   */
  readonly awaitBootstrapObjects: ((group: string) => Promise<void>) | undefined;
  /** Asks the pod's kubelet for what a container has written. Rejects with ApiError 400 where it has nothing to show. */
  readonly openContainerLog: OpenContainerLog | undefined;
  /** Has the pod's kubelet run a command in a container; undefined where nobody knows what it does. */
  readonly execute: Execute | undefined;
  /** Asks an admission webhook; absent in a process that makes no connections. */
  readonly askAdmissionWebhook: AskAdmissionWebhook | undefined;
  /** What pods and nodes use in a namespace ('': in all of them), and what metrics say, now. */
  readonly readUsage: ReadUsage | undefined;
  readonly authentication: LoadAuthentication;
  /** Signs the tokens of service accounts. */
  readonly serviceAccountTokens: LoadTokenIssuer | undefined;
}

/** A request whose body is a value, whatever it came as. */
export interface ServedRequest extends ApiRequest {
  body?: Json;
}

export type OpenContainerLog = (pod: KubeObject, container: string, previous: boolean) => Promise<ContainerLog>;

export type Execute = (pod: KubeObject, container: string, command: readonly string[]) => Promise<Executed | undefined>;

export type LoadTokenIssuer = () => Promise<TokenIssuer>;

export type ReadUsage = (namespace: string) => Promise<UsageReader>;

/** One request for a resource, on its way through the pipeline. */
export interface RequestContext {
  readonly core: ServerCore;
  readonly request: ServedRequest;
  /** How the body came, where it was read from bytes. */
  readonly received: ReceivedBody;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly resource: ServedResource;
  /** The form that the caller asks for. */
  readonly accepted: Accepted;
  /** Texts of Warning headers, in the order they came up. */
  readonly warnings: string[];
  /** What is written of it into the audit log; absent where there is none. */
  readonly audit?: AuditRecord | undefined;
  /** Where somebody wants to know what admission makes of the object. */
  readonly steps?: AdmissionSteps | undefined;
}

/** Adds a warning that was not given yet (warning.AddWarning drops repeats). */
export function warn(context: { readonly warnings: string[] }, text: string): void {
  if (!context.warnings.includes(text)) context.warnings.push(text);
}

/** The name in a path, which must be there. @throws ApiError 400. */
export function requireName(context: RequestContext): string {
  if (context.info.name === '') throw badRequest('name must be provided');
  return context.info.name;
}
