/** Runs `proxy compare`. */
import { CommandError, type Invocation } from '../command';

export async function runCompare(_: Invocation): Promise<void> {
  throw new CommandError('proxy compare cannot compare anything yet');
}
