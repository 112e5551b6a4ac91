/** What time it is in the simulated cluster, for commands that have something happen now. */
import { isReason } from '../apimachinery/status';
import { parseTime } from '../apimachinery/time';
import { CommandError, type Invocation } from './command';

/** @throws CommandError where the server is no simulation */
export async function simulatedNow(invocation: Invocation): Promise<number> {
  const client = await invocation.client();
  try {
    const { now } = await client.request<{ now: string }>({ method: 'GET', path: '/kubetick/clock' });
    return parseTime(now) ?? 0;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    throw notSimulated();
  }
}

export function notSimulated(): CommandError {
  return new CommandError('the server is no simulated cluster: this can be done to those of kubetick only');
}
