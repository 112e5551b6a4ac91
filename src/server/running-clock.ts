/** Simulated time that passes by itself while a cluster is served. */
import type { Json } from '../apimachinery/json';
import { ApiError, type Status } from '../apimachinery/status';
import type { ApiRequest, ApiResponse, Transport } from '../client/transport';
import { after, wallClockNow } from '../host/wall-clock';
import type { TickReport, TickRequest } from '../sim/controller';
import type { ServerMetrics } from './server-metrics';

/** A number: so many simulated seconds pass in a real one. `max`: what is to happen happens at once, and then time stands still. */
export type Speed = number | 'max';

export interface RunningClockOptions {
  speed: Speed;
  /** Real milliseconds between two looks. */
  every: number;
  tick(request: TickRequest): Promise<TickReport>;
  /** Tells whether anything was written since it was asked last. */
  changed(): Promise<boolean>;
  /** Hears of runs that failed. */
  onFailure(error: unknown): void;
}

/** When so many looks were missed (the machine slept), their time is not made up for. */
const MOST_MISSED = 10;

export class RunningClock {
  private readonly cancel: { now: () => void } = { now: () => {} };
  private stopped = false;
  private readonly ended: Promise<void>;

  constructor(private readonly options: RunningClockOptions) {
    this.ended = this.run();
  }

  /** Resolves when the run that is under way is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel.now();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { every, onFailure } = this.options;
    let last = wallClockNow();
    while (!this.stopped) {
      await this.pause(every);
      if (this.stopped) return;
      const now = wallClockNow();
      const elapsed = Math.min(now - last, every * MOST_MISSED);
      last = now;
      try {
        await this.pass(elapsed);
      } catch (error) {
        onFailure(error);
      }
    }
  }

  private async pass(elapsed: number): Promise<void> {
    const { speed, tick, changed } = this.options;
    if (speed !== 'max') await tick({ advance: Math.round(elapsed * speed) });
    else if (await changed()) await tick({ settle: true });
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(milliseconds, resolve);
      this.cancel.now = () => {
        cancel();
        resolve();
      };
    });
  }
}

const TICK = '/kubetick/tick';

/** The same transport, whose runs of the clock are measured, and a way to ask for one. */
export function tickThrough(
  cluster: Transport,
  metrics: ServerMetrics,
): { transport: Transport; tick(request: TickRequest): Promise<TickReport> } {
  const send = async (request: ApiRequest): Promise<ApiResponse> => {
    if (request.path !== TICK) return cluster.send(request);
    const begun = wallClockNow();
    const response = await cluster.send(request);
    if (response.code < 300 && !response.events) {
      metrics.ticks.observe({}, (wallClockNow() - begun) / 1000);
      for (const { controller, verb } of (response.body as unknown as TickReport).actions)
        metrics.tickActions.add({ controller, verb });
    }
    return response;
  };
  return {
    transport: { send, flush: () => cluster.flush(), close: () => cluster.close() },
    async tick(request) {
      const { code, body } = await send({ method: 'POST', path: TICK, body: request as unknown as Json });
      if (code >= 400) throw new ApiError(body as unknown as Status);
      return body as unknown as TickReport;
    },
  };
}
