/** Completes, validates and runs `logs` (LogsOptions). */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Query } from '../../client/client';
import { canonicalTime } from '../../schema/go-time';
import { findResources } from '../builder/builder';
import { CommandError, type Flags, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { podRunningTimeout } from '../pods/flags';
import { isPod } from '../pods/pods-of';
import { followLogs, printLogs } from './log-output';
import { logRequests, requestsOfPods, type Selection } from './log-requests';

const USAGE = `expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command`;

/** Lines of each log that a selector finds. */
const SELECTOR_TAIL = 10;

export async function runLogs(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const selector = flags.string('selector');
  if ((args.length === 0 && selector === '') || args.length > 2) throw new UsageError(USAGE);
  if (args.length === 1 && selector !== '') throw new UsageError('only a selector (-l) or a POD name is allowed');
  const timeout = podRunningTimeout(flags, false);
  const query = logQuery(flags);
  const { namespace } = await invocation.namespace();
  const found = await find(invocation, selector, namespace);
  const container = args[1] ?? flags.string('container');
  validate(flags, args, container, query);
  const selection: Selection = {
    container,
    allContainers: flags.bool('all-containers'),
    allPods: flags.bool('all-pods'),
    timeout,
    query,
  };
  const requests = Array.isArray(found)
    ? requestsOfPods(found, selection, streams.err)
    : await logRequests(invocation, found, selection);
  const how = {
    prefix: flags.bool('prefix') || selection.allPods,
    ignoreErrors: flags.bool('ignore-errors'),
    timeout,
  };
  if (!flags.bool('follow')) return printLogs(invocation, requests, how);
  const most = flags.int('max-log-requests');
  if (requests.length > 1 && requests.length > most) {
    throw new CommandError(
      `you are attempting to follow ${requests.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    );
  }
  await followLogs(invocation, requests, how);
}

/** PodLogOptions as query parameters (LogsOptions.ToLogOptions). */
function logQuery(flags: Flags): Query {
  const query: Query = {};
  for (const name of ['follow', 'previous', 'timestamps'] as const) if (flags.bool(name)) query[name] = 'true';
  if (flags.bool('insecure-skip-tls-verify-backend')) query['insecureSkipTLSVerifyBackend'] = 'true';
  const sinceTime = flags.string('since-time');
  if (sinceTime !== '') {
    const instant = parseTime(sinceTime);
    if (instant === undefined) throw new CommandError(canonicalTime(sinceTime, false).error ?? sinceTime);
    query['sinceTime'] = formatTime(instant);
  }
  const since = flags.duration('since');
  if (since !== 0) query['sinceSeconds'] = String(Math.sign(since) * Math.round(Math.abs(since) / 1000));
  if (flags.int('limit-bytes') !== 0) query['limitBytes'] = String(flags.int('limit-bytes'));
  const tail = flags.int('tail');
  if (tail !== -1) query['tailLines'] = String(tail);
  else if (flags.string('selector') !== '' && !flags.changed('tail')) query['tailLines'] = String(SELECTOR_TAIL);
  return query;
}

/** The one object that is named, or the pods that a selector finds. */
async function find(invocation: Invocation, selector: string, namespace: string): Promise<KubeObject | KubeObject[]> {
  const [named = ''] = invocation.args;
  const result = await findResources(invocation, {
    args: named === '' ? ['pods'] : named.includes('/') ? [named] : ['pods', named],
    selector,
    namespace,
    flatten: true,
    singleResourceType: true,
  });
  const { infos, error } = await result.infos();
  if (isReason(error, 'NotFound')) {
    const where = `in namespace ${JSON.stringify(namespace)}`;
    throw new CommandError(`error from server (NotFound): ${messageOf(error)} ${where}`);
  }
  if (error !== undefined) throw error;
  const objects = infos.map(({ object }) => object as KubeObject);
  if (selector === '') {
    if (objects.length !== 1) throw new CommandError('expected a resource');
    return objects[0] as KubeObject;
  }
  if (objects.length === 0) invocation.streams.err(`No resources found in ${namespace} namespace.\n`);
  return objects.filter(isPod);
}

function validate(flags: Flags, args: readonly string[], container: string, query: Query): void {
  if (flags.string('since-time') !== '' && flags.duration('since') !== 0) {
    throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (flags.bool('all-containers') && container !== '') {
    throw new CommandError(`--all-containers=true should not be specified with container name ${container}`);
  }
  if (flags.changed('container') && args.length === 2) {
    throw new CommandError('only one of -c or an inline [CONTAINER] arg is allowed');
  }
  if (flags.int('limit-bytes') < 0) throw new CommandError('--limit-bytes must be greater than 0');
  if (Number(query['sinceSeconds'] ?? 0) < 0) throw new CommandError('--since must be greater than 0');
  if (Number(query['tailLines'] ?? 0) < -1) throw new CommandError('--tail must be greater than or equal to -1');
}
