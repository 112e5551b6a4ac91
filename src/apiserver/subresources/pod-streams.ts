/**
 * `pods/exec`, `pods/attach` and `pods/portforward`: all that is checked before a process would be needed, and then the one
 * thing that a simulated container has not got (kubernetes `pkg/registry/core/pod/strategy.go` streamLocation).
 */
import type { Executed } from '../../apimachinery/executed';
import { isObject, type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { apiError, badRequest, forbidden } from '../../apimachinery/status';
import { queryValues } from '../../client/query-values';
import type { ApiResponse, SessionPart } from '../../client/transport';
import { admissionAttributes } from '../admission-attributes';
import { decide } from '../authorization';
import type { RequestContext } from '../request-context';
import { isTrue, param } from '../request-info';
import { containerOfRequest, podOfRequest, requireNode } from './pod-container';

const LACKING: Readonly<Record<string, string>> = {
  exec: 'containers are simulated: no process runs in them that could execute a command',
  attach: 'containers are simulated: no process runs in them that could be attached to',
  portforward: 'containers are simulated: no process runs in them that could listen on a port',
};

/** @throws ApiError 403, 404, 400, and 501 when nothing else is wrong. */
export async function handlePodStream(context: RequestContext): Promise<ApiResponse> {
  const { core, info } = context;
  await admitConnection(context);
  await checkMayCreate(context);
  const pod = await podOfRequest(context);
  const container =
    info.subresource === 'portforward' ? undefined : containerOfRequest(pod, param(info.query, 'container'));
  if (!pod['spec'].nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
  await requireNode(context, pod);
  // What the kubelet says (kubelet.go GetExec, GetAttach), as the server passes it on.
  if (container !== undefined && !isRunning(pod, container))
    throw apiError(500, '', `container not found (${JSON.stringify(container)})`);
  const wantsSocket = /^websocket$/i.test(context.request.headers?.['upgrade'] ?? '');
  const words = commandOf(context);
  const command =
    words ?? (wantsSocket && info.subresource === 'exec' ? queryValues(param(info.query, 'command')) : []);
  const executed =
    command.length > 0 && container !== undefined ? await core.execute?.(pod, container, command) : undefined;
  if (executed && words) return { code: 200, headers: {}, body: jsonOf(executed), warnings: context.warnings };
  if (executed) return session(context, executedParts(executed));
  if (wantsSocket && info.subresource === 'attach' && container !== undefined) {
    const { attachedParts } = await import('./attached');
    const parts = await attachedParts(context, pod, container);
    if (parts) return session(context, parts);
  }
  throw apiError(501, 'NotImplemented', LACKING[info.subresource] as string);
}

function session({ warnings }: RequestContext, parts: AsyncIterable<SessionPart>): ApiResponse {
  return { code: 101, headers: {}, body: null, session: parts, warnings };
}

/** How it ended is told as a Status (kubelet `pkg/kubelet/cri/streaming/remotecommand/exec.go` ServeExec). */
async function* executedParts({ said, exitCode, time }: Executed): AsyncGenerator<SessionPart> {
  for (const { after, text } of said) yield { channel: 'output', text, after };
  const outcome =
    exitCode === 0
      ? { metadata: {}, status: 'Success' }
      : {
          metadata: {},
          status: 'Failure',
          message: `command terminated with non-zero exit code: exit status ${exitCode}`,
          reason: 'NonZeroExitCode',
          details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
        };
  yield { channel: 'outcome', text: JSON.stringify(outcome), after: time };
}

/**
 * All its words, which kubetick sends as a body and so asks for an answer in one piece: of commands whose end can be told there is one,
 * and no connection needs to be upgraded for it.
 */
function commandOf({ info, request }: RequestContext): string[] | undefined {
  if (info.subresource !== 'exec') return undefined;
  const { body } = request;
  const value = body instanceof Uint8Array ? parseJson(body) : body;
  const command = isObject(value) ? value['command'] : undefined;
  return Array.isArray(command) && command.every((word) => typeof word === 'string') ? command : undefined;
}

function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
};

/** Who may connect may still be kept from it: policies and webhooks see the options of the connection (`endpoints/handlers/rest.go` ConnectResource). */
async function admitConnection(context: RequestContext): Promise<void> {
  const { core, info, resource } = context;
  if (!core.admission.ready) await core.admission.load();
  if (core.admission.ignores('CONNECT', resource, info.subresource)) return;
  const { query } = info;
  const isSet = (name: string) => isTrue(param(query, name));
  const [container, command] = [param(query, 'container'), queryValues(param(query, 'command'))];
  const options: KubeObject = {
    kind: OPTIONS[info.subresource] as string,
    apiVersion: 'v1',
    metadata: {},
    ...Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].filter(isSet).map((name) => [name, true])),
    ...(container === '' ? {} : { container }),
    ...(command.length === 0 ? {} : { command }),
  };
  const attributes = admissionAttributes(context, 'CONNECT', options, undefined, { dryRun: false });
  await core.admission.admit(attributes);
  await core.admission.validate(attributes);
}

/**
 * Over a WebSocket a connection is a GET. Who may only read could otherwise do what a POST is needed for (since 1.35;
 * `pkg/registry/core/pod/rest/authorization.go` ensureAuthorizedForVerb).
 */
async function checkMayCreate({ core, user, info }: RequestContext): Promise<void> {
  if (info.verb === 'create') return;
  const { allowed, reason = '' } = await decide(core.authorizer, user, { ...info, verb: 'create' });
  if (!allowed) throw forbidden({ group: '', resource: info.resource }, info.name, reason);
}

function isRunning(pod: KubeObject, container: string): boolean {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod['status'] ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].some(
    ({ name, state }: { name: string; state?: { running?: unknown } }) => name === container && state?.running,
  );
}
