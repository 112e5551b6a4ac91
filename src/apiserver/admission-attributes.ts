/** What admission is shown of a request. */
import type { JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import type { AdmissionAttributes, Operation, Reinvocation } from './admission/plugin';
import type { UserInfo } from './authentication';
import type { DeleteOptions } from './delete-options';
import { type RequestContext, type ServerCore, warn } from './request-context';
import { param } from './request-info';
import { isNamespaces, type ServedResource } from './served-resource';

type Asked = { dryRun: boolean } & Partial<DeleteOptions>;

export function admissionAttributes(
  context: RequestContext,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  options: Asked,
): RequestAttributes {
  const name = context.info.name || (object?.metadata.name ?? oldObject?.metadata.name ?? '');
  return new RequestAttributes(context, operation, object, oldObject, options, name);
}

/** A class: made with every write, and V8 makes an object with an accessor or with functions of its own many times slower. */
class RequestAttributes implements AdmissionAttributes {
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly core: ServerCore;
  readonly reinvocation: Reinvocation = new Rounds();
  readonly changed: AdmissionAttributes['changed'];

  constructor(
    private readonly context: RequestContext,
    readonly operation: Operation,
    readonly object: KubeObject | undefined,
    readonly oldObject: KubeObject | undefined,
    private readonly asked: Asked,
    public name: string,
  ) {
    const { core, info, resource, user } = context;
    this.resource = resource;
    this.subresource = info.subresource;
    // A namespace is in itself (create.go).
    this.namespace = isNamespaces(resource) ? name : info.namespace;
    this.user = user;
    this.dryRun = asked.dryRun;
    this.core = core;
    this.changed = context.steps?.begin(object);
  }

  get options(): JsonObject {
    return operationOptions(this.context, this.operation, this.asked);
  }

  /** Good without its object, as `annotate` is. */
  get warn(): (text: string) => void {
    return (text) => warn(this.context, text);
  }

  get annotate(): AdmissionAttributes['annotate'] {
    return (key, value, level) => this.context.audit?.annotate(key, value, level);
  }
}

class Rounds implements Reinvocation {
  again = false;
  wanted = false;
  private kept: Map<string, unknown> | undefined;

  get memory(): Map<string, unknown> {
    this.kept ??= new Map();
    return this.kept;
  }
}

const KINDS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' } as const;

/** As the request says it, and nothing that it does not say. */
function operationOptions(
  { info }: RequestContext,
  operation: Operation,
  {
    dryRun,
    gracePeriodSeconds,
    orphanDependents,
    preconditions,
    propagationPolicy,
  }: { dryRun: boolean } & Partial<DeleteOptions>,
): JsonObject {
  const options: JsonObject = { kind: KINDS[operation], apiVersion: 'meta.k8s.io/v1' };
  if (dryRun) options['dryRun'] = ['All'];
  if (operation === 'DELETE') {
    if (gracePeriodSeconds !== undefined) options['gracePeriodSeconds'] = gracePeriodSeconds;
    if (preconditions !== undefined) options['preconditions'] = { ...preconditions };
    if (orphanDependents !== undefined) options['orphanDependents'] = orphanDependents;
    if (propagationPolicy !== undefined) options['propagationPolicy'] = propagationPolicy;
    return options;
  }
  for (const name of ['fieldManager', 'fieldValidation']) {
    const value = param(info.query, name);
    if (value !== '') options[name] = value;
  }
  return options;
}
