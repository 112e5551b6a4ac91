/** Completes, validates and runs `serve`. */
import { join, resolve } from 'node:path';
import type { Speed } from '../../server/running-clock';
import { type ServedFolder, serveFolder } from '../../server/serve-folder';
import { StoreServedError } from '../../store/state-folder';
import { auditOf } from '../audit-flags';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { interruption } from '../interruption';
import { listenFailure } from '../listen-failure';
import { writeClientConfig } from './client-config';

const EVERY = 1000;
const EVERY_AT_MOST_SPEED = 100;
const HIGHEST_PORT = 65535;

export async function runServe(invocation: Invocation): Promise<void> {
  const { flags, args, streams, cwd } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const speed = speedOf(flags.string('speed'));
  const port = flags.int('port');
  if (port < 0 || port > HIGHEST_PORT) throw new CommandError(`--port must be from 0 to ${HIGHEST_PORT}, not ${port}`);
  const every = flags.changed('tick-every')
    ? flags.duration('tick-every')
    : speed === 'max'
      ? EVERY_AT_MOST_SPEED
      : EVERY;
  if (every < 1) throw new CommandError('--tick-every must be at least 1ms');
  const { stateFolder } = await invocation.files();
  if (!stateFolder) throw new CommandError('this cluster is in memory only');
  const bind = flags.string('bind');

  const interrupted = interruption();
  const dnsPort = flags.changed('dns-port') ? flags.int('dns-port') : undefined;
  if (dnsPort !== undefined && (dnsPort < 0 || dnsPort > HIGHEST_PORT))
    throw new CommandError(`--dns-port must be from 0 to ${HIGHEST_PORT}, not ${dnsPort}`);
  const audit = await auditOf(invocation);
  const served = await serve({
    ...{ stateFolder, bind, port, speed, every, dnsPort },
    ...(audit ? { audit } : {}),
    onFailure(error) {
      streams.err(`Warning: the clock could not move: ${messageOf(error)}\n`);
      void invocation.release();
    },
  });
  try {
    const out = flags.string('kubeconfig-out');
    const kubeconfig = out === '' ? join(stateFolder, 'admin.conf') : resolve(cwd, out);
    await writeClientConfig(kubeconfig, served);
    streams.out(greeting(served, stateFolder, kubeconfig, speed));
    await invocation.release();
    await interrupted;
  } finally {
    await served.close();
  }
}

/** `60`, `0.5`, `max`. */
function speedOf(text: string): Speed {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (text.trim() === '' || !Number.isFinite(speed) || speed < 0)
    throw new CommandError(`invalid value ${JSON.stringify(text)} of --speed: it must be a number from 0 on, or max`);
  return speed;
}

async function serve(options: Parameters<typeof serveFolder>[0]): Promise<ServedFolder> {
  try {
    return await serveFolder(options);
  } catch (error) {
    if (error instanceof StoreServedError) {
      const { servingRecord } = await import('../../server/serving-record');
      const at = servingRecord(options.stateFolder)?.endpoint;
      throw new CommandError(
        `the cluster in ${options.stateFolder} is being served already${at ? ` at ${at}` : ''}, by process ${error.pid}`,
      );
    }
    const { port = options.port } = error as { port?: number };
    throw new CommandError(listenFailure(error, options.bind, port) ?? messageOf(error));
  }
}

function greeting({ endpoint, dns }: ServedFolder, stateFolder: string, kubeconfig: string, speed: Speed): string {
  const time =
    speed === 0
      ? 'Time stands still until `kubetick tick` moves it.'
      : speed === 'max'
        ? 'What is to happen happens at once.'
        : `${speed} simulated second${speed === 1 ? '' : 's'} pass${speed === 1 ? 'es' : ''} in one second.`;
  return [
    `Serving the cluster in ${stateFolder} at ${endpoint}`,
    ...(dns === undefined ? [] : [`Answering DNS queries on ${dns}`]),
    time,
    '',
    'To use it from another shell:',
    `  export KUBECONFIG=${kubeconfig}`,
    '  kubectl get nodes',
    '',
    'Stop it with Ctrl-C.',
    '',
  ].join('\n');
}
