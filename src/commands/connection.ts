/** How a command reaches its cluster: the one in a folder, opened in this process when it is first needed. */
import type { RestMapper } from '../client/rest-mapper';
import type { Transport } from '../client/transport';
import type { Instant } from '../sim/clock';
import type { ClusterFiles, Flags } from './command';

export interface Connection {
  transport: Transport;
  mapper(): Promise<RestMapper>;
  /** Simulated time when it was opened. */
  now: Instant;
}

/** What of an invocation decides where its cluster is. */
export interface Whereabouts {
  flags: Flags;
  environment: Record<string, string | undefined>;
  cwd: string;
}

export interface Connect {
  open(where: Whereabouts): Promise<Connection>;
  files(where: Whereabouts): Promise<ClusterFiles>;
}

export const connectToFolder: Connect = {
  async open() {
    throw new Error('no cluster');
  },
  async files() {
    throw new Error('no cluster');
  },
};
