/** Completes, validates and runs `proxy` (ProxyOptions), until it is interrupted. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type RunningProxy, startProxy } from '../../server/proxy/proxy-server';
import { CommandError, type Flags, type Invocation, type Streams } from '../command';
import { requestFilter } from './request-filter';

const DEFAULT_PORT = 8001;

export async function runProxy(invocation: Invocation): Promise<void> {
  const proxy = await openProxy(invocation);
  invocation.streams.out(`Starting to serve on ${proxy.address}\n`);
  await invocation.release();
  await interrupted();
  await proxy.close();
}

async function openProxy(invocation: Invocation): Promise<RunningProxy> {
  const { flags, streams, cwd } = invocation;
  const { transport } = await invocation.client();
  const serverPath = transport.wire?.serverPath;
  if (serverPath && !flags.bool('append-server-path')) {
    warn(
      streams,
      `Your kube context contains a server path ${serverPath}, use --append-server-path to automatically append the path to each request`,
    );
  }
  const socket = flags.string('unix-socket');
  if (flags.bool('disable-filter') && socket === '') {
    warn(streams, 'Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious');
  }
  const filter = flags.bool('disable-filter') ? undefined : requestFilter(flags);
  const port = flags.int('port');
  if (port !== DEFAULT_PORT && socket !== '') {
    throw new CommandError('cannot set --unix-socket and --port at the same time');
  }
  if (port < 0 || port > 65535) throw new CommandError(`listen tcp: address ${port}: invalid port`);
  const folder = flags.string('www');
  if (folder !== '') lookAtFolder(folder, cwd, streams);
  return startProxy({
    transport,
    apiPrefix: prefixOf(flags, 'api-prefix'),
    staticPrefix: prefixOf(flags, 'www-prefix'),
    staticFolder: folder === '' ? '' : resolve(cwd, folder),
    filter,
    appendServerPath: flags.bool('append-server-path'),
    listen: socket === '' ? { address: flags.string('address'), port } : { socket: resolve(cwd, socket) },
  });
}

function prefixOf(flags: Flags, name: string): string {
  const prefix = flags.string(name);
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function lookAtFolder(folder: string, cwd: string, streams: Streams): void {
  const found = statSync(resolve(cwd, folder), { throwIfNoEntry: false });
  if (!found) {
    warn(streams, `Failed to stat static file directory ${folder}: stat ${folder}: no such file or directory`);
  } else if (!found.isDirectory()) warn(streams, `Static file directory ${folder} is not a directory`);
}

/** A line of kubectl's log, without the head that tells time and process. */
function warn(streams: Streams, text: string): void {
  streams.err(`Warning: ${text}\n`);
}

/** Resolves when the process is asked to end. */
function interrupted(): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      done();
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}
