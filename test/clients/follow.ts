/** Programs that go on: what they say is waited for, line by line. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Followed {
  /** Resolves once it has said this; rejects when it ends before. */
  until(text: string | RegExp): Promise<void>;
  /** All that it has said. */
  said(): string;
  /** Ends its standard input, or the program, and resolves when it has ended, with all it has said. */
  end(signal?: NodeJS.Signals): Promise<string>;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export function follow(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Followed {
  const child = spawn(program, [...args], { env });
  running.add(child);
  let said = '';
  const waiting = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    said += chunk;
    for (const look of waiting) look();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let over = false;
  const ended = new Promise<void>((resolve) =>
    child.on('close', () => {
      running.delete(child);
      over = true;
      resolve();
      for (const look of waiting) look();
    }),
  );
  return {
    said: () => said,
    until(text) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === 'string' ? said.includes(text) : text.test(said)) resolve();
          else if (over) reject(new Error(`ended before it said ${text}: ${said}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      });
    },
    async end(signal) {
      if (signal) child.kill(signal);
      else child.stdin.end();
      await ended;
      return said;
    },
  };
}
