/** Completes, validates and runs `tick`. */
import { formatDuration, parseDuration } from '../../apimachinery/duration';
import type { Json } from '../../apimachinery/json';
import { formatGroupResource } from '../../apimachinery/meta';
import type { Client } from '../../client/client';
import { wallClockNow } from '../../host/wall-clock';
import type { StepReport, TickReport, TickRequest } from '../../sim/controller';
import { mappingFor, splitTypeName } from '../builder/arguments';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { tickReportText } from './tick-report';

/** Real milliseconds after which a run is long enough to show its progress. */
const PATIENCE = 300;

const FORMATS = ['', 'json', 'yaml', 'wide'];

export async function runTick(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = flags.string('output');
  if (!FORMATS.includes(output)) {
    throw new CommandError(
      `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,wide,yaml`,
    );
  }
  const requests = await readRequests(invocation);
  const client = await invocation.client();
  let report: TickReport | undefined;
  for (const request of requests) report = joined(report, await pass(invocation, client, request));
  if (!report) return;
  if (!flags.bool('quiet')) await print(invocation, report, output);
  for (const { controller, key, message } of report.failures.slice(0, 5)) {
    streams.err(`Warning: ${controller}${key ? ` ${key}` : ''}: ${message}\n`);
  }
  if (report.failures.length > 5) streams.err(`Warning: and ${report.failures.length - 5} more failures\n`);
  if (!report.reached) {
    const waited = flags.bool('settle') ? 'the cluster to settle' : flags.string('until');
    throw new CommandError(`timed out waiting for ${waited}${report.why ? `: ${report.why}` : ''}`);
  }
}

/** What to ask for, one after the other. */
async function readRequests(invocation: Invocation): Promise<TickRequest[]> {
  const { flags, args } = invocation;
  if (args.length > 1) throw new UsageError(`Unexpected args: [${args.slice(1).join(' ')}]`);
  const settle = flags.bool('settle');
  const until = flags.string('until');
  const timeout = flags.duration('timeout');
  if (settle && until) throw new CommandError('--settle and --until cannot be specified together');
  if (args.length > 0 && until) throw new CommandError('a duration and --until cannot be specified together');
  if (timeout < 0) throw new CommandError('--timeout must not be negative');
  const requests: TickRequest[] = [];
  if (args[0] !== undefined) requests.push({ advance: durationOf(args[0]) });
  if (settle) requests.push({ settle, timeout });
  if (until) requests.push({ until: await conditionOf(invocation, until), timeout });
  return requests.length > 0 ? requests : [{}];
}

function durationOf(text: string): number {
  let duration: number;
  try {
    duration = parseDuration(text);
  } catch (error) {
    throw new CommandError(`invalid duration ${JSON.stringify(text)}: ${messageOf(error)}`);
  }
  if (duration < 0) throw new CommandError('time does not run backwards');
  return duration;
}

/** `deployment/web:Available`, `pod/web:Ready=False`. */
async function conditionOf(invocation: Invocation, text: string): Promise<NonNullable<TickRequest['until']>> {
  const match = /^([^:]+):([^=]+)(?:=(.*))?$/.exec(text);
  const tuple = match && splitTypeName(match[1] as string);
  if (!match || !tuple) {
    throw new CommandError(`invalid condition ${JSON.stringify(text)}: it must look like deployment/web:Available`);
  }
  const mapping = mappingFor(tuple.resource, await invocation.mapper());
  const { namespace } = await invocation.namespace();
  return {
    resource: formatGroupResource({ group: mapping.group, resource: mapping.plural }),
    namespace: mapping.namespaced ? namespace : '',
    name: tuple.name,
    condition: match[2] as string,
    ...(match[3] === undefined ? {} : { status: match[3] }),
  };
}

/** Asks for one run; on a terminal its progress is shown while it takes long. */
async function pass(invocation: Invocation, client: Client, request: TickRequest): Promise<TickReport> {
  const { streams, flags } = invocation;
  const body = request as unknown as Json;
  if (!streams.progress || flags.bool('quiet')) {
    return (await client.request({ method: 'POST', path: '/kubetick/tick', body })) as unknown as TickReport;
  }
  const answer = await client.send({ method: 'POST', path: '/kubetick/tick', query: { watch: 'true' }, body });
  let report: TickReport | undefined;
  let from: number | undefined;
  let done = 0;
  const begun = wallClockNow();
  for await (const event of answer.events ?? []) {
    if (event.type === 'ERROR') throw new CommandError((event.object as { message?: string }).message ?? 'tick failed');
    if (event.object.kind === 'Tick') report = event.object as unknown as TickReport;
    else {
      const step = event.object as unknown as StepReport;
      from ??= step.from;
      done += step.actions.length;
      if (wallClockNow() - begun > PATIENCE) {
        streams.progress(`${formatDuration(step.to - from)} passed, ${done} done`);
      }
    }
  }
  if (wallClockNow() - begun > PATIENCE) streams.progress('');
  if (!report) throw new CommandError('the tick ended without a report');
  return report;
}

function joined(first: TickReport | undefined, second: TickReport): TickReport {
  if (!first) return second;
  return {
    ...second,
    from: first.from,
    steps: first.steps + second.steps,
    actions: [...first.actions, ...second.actions],
    failures: [...first.failures, ...second.failures],
  };
}

async function print(invocation: Invocation, report: TickReport, output: string): Promise<void> {
  const { streams } = invocation;
  if (output === 'json' || output === 'yaml') {
    const { reportObject } = await import('./tick-report');
    const object = reportObject(report);
    if (output === 'json') {
      const { stringifyGo } = await import('../../apimachinery/json-text');
      streams.out(`${stringifyGo(object, { indent: '    ' })}\n`);
    } else {
      const { toYaml } = await import('../../yaml/write');
      streams.out(toYaml(object));
    }
    return;
  }
  streams.out(await tickReportText(report, streams, output === 'wide'));
}
