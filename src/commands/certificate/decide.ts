/** Approves or denies requests for certificates (CertificateOptions.modifyCertificateCondition). */
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { printerFor } from '../print-objects';

export interface Decision {
  /** What is printed. */
  operation: string;
  condition: string;
  /** The condition that a request must not have. */
  opposite: string;
  reason: string;
  message: string;
}

const REQUESTS = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' };
/** How often it is tried again while others write the same request. */
const RETRIES = 10;

export async function decide(invocation: Invocation, decision: Decision): Promise<void> {
  const { flags, args, streams } = invocation;
  const filenames = flags.strings('filename');
  const kustomize = flags.string('kustomize');
  const printer = await printerFor(invocation, decision.operation);
  if (args.length === 0 && filenames.length === 0 && kustomize === '') {
    throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>');
  }
  const result = await findResources(invocation, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    args: args.map((name) => (name.includes('/') ? name : `${REQUESTS.resource}/${name}`)),
    flatten: true,
    latest: true,
  });
  let found = 0;
  await result.visit(async (info) => {
    await decideOn(invocation, info, decision);
    found++;
    // As it was found, before the decision.
    streams.out(printer.print(info.object as KubeObject));
    await invocation.checkpoint();
  });
  if (found === 0) streams.out('No resources found\n');
}

async function decideOn(invocation: Invocation, info: Info, decision: Decision): Promise<void> {
  const client = await invocation.client();
  for (let attempt = 0; ; attempt++) {
    requireRequest(info.object as KubeObject);
    let request: KubeObject;
    try {
      request = await client.get(REQUESTS, '', info.name);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      throw new CommandError(`could not find v1 version of ${info.name}: ${messageOf(error)}`);
    }
    const decided = withCondition(request, decision);
    if (decided === request && !invocation.flags.bool('force')) return;
    try {
      await client.update(REQUESTS, decided, undefined, 'approval');
      return;
    } catch (error) {
      if (!isReason(error, 'Conflict') || attempt >= RETRIES) throw error;
      await info.get();
    }
  }
}

function requireRequest(object: KubeObject): void {
  const { group, kind } = gvkOf(object);
  const wanted = 'CertificateSigningRequest.certificates.k8s.io';
  const got = group ? `${kind}.${group}` : kind;
  if (got !== wanted) throw new CommandError(`can only handle ${wanted} objects, got ${got}`);
}

/** The request itself where it has the condition already; the server fills in the times of a new one (addConditionIfNeeded). */
function withCondition(request: KubeObject, { condition, opposite, reason, message }: Decision): KubeObject {
  const conditions: { type: string }[] = request.status?.conditions ?? [];
  let has = false;
  for (const { type } of conditions) {
    if (type === opposite) {
      throw new CommandError(
        `certificate signing request ${JSON.stringify(request.metadata.name)} is already ${opposite}`,
      );
    }
    has ||= type === condition;
  }
  if (has) return request;
  const added = { type: condition, status: 'True', reason, message };
  return { ...request, status: { ...request.status, conditions: [...conditions, added] } };
}
