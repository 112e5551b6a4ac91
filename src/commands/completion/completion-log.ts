/** What is said of how a completion came about: on standard error, and in the file of BASH_COMP_DEBUG_FILE (cobra.CompDebug). */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Surroundings } from '../invocation';

export class CompletionLog {
  constructor(private readonly surroundings: Surroundings) {}

  debug(text: string): void {
    const { streams, environment, cwd } = this.surroundings;
    const line = `[Debug] ${text}\n`;
    const file = environment['BASH_COMP_DEBUG_FILE'];
    if (file) {
      try {
        appendFileSync(resolve(cwd, file), line);
      } catch {
        // Nobody waits for it.
      }
    }
    streams.err(line);
  }

  error(text: string): void {
    this.debug(`[Error] ${text}`);
  }
}
