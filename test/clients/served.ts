/** A cluster with a node that is served, where what is to happen happens at once, and programs that are led there. */

import { type Printed, type StateFolder, stateFolder } from '../server/serve-process';
import { type Followed, follow } from './follow';

export interface Served {
  /** Of this folder kubetick itself may ask as well. */
  folder: StateFolder;
  endpoint: string;
  /** Runs a program to its end, in the folder. */
  run(program: string, args: readonly string[] | string): Promise<Printed>;
  /** What it prints, on whichever stream; ends with its exit status where that is not 0. */
  printed(program: string, args: readonly string[] | string): Promise<string>;
  follow(program: string, args: readonly string[] | string): Followed;
  /** Stops the server and starts it again on the same port; `meanwhile` there is none. */
  restart(signal: NodeJS.Signals, meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const AT_ONCE = ['--speed', 'max', '--tick-every', '20ms'];

export async function serveCluster(): Promise<Served> {
  const folder = stateFolder();
  await folder.run(['init', '--nodes', '1']);
  let server = await folder.serve(...AT_ONCE);
  const environment = { KUBECONFIG: server.kubeconfig };
  const env = { ...process.env, HOME: folder.home, ...environment };
  const { port } = new URL(server.endpoint);
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    await server.ended;
  };
  const run = (program: string, args: readonly string[] | string) =>
    folder.run(wordsOf(args), { program, environment });
  return {
    folder,
    endpoint: server.endpoint,
    run,
    async printed(program, args) {
      const { out, err, code } = await run(program, args);
      return code === 0 ? out + err : `${out}${err}[exit ${code}]\n`;
    },
    follow: (program, args) => follow(program, wordsOf(args), env),
    async restart(signal, meanwhile) {
      await end(signal);
      await meanwhile();
      server = await folder.serve(...AT_ONCE, '--port', port);
    },
    stop: () => end('SIGTERM'),
  };
}

function wordsOf(args: readonly string[] | string): readonly string[] {
  return typeof args === 'string' ? args.split(' ') : args;
}
