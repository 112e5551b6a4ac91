/** `options`: the flags that every command takes. */
import type { Command } from './command';

const command: Command = {
  use: 'options',
  short: 'Print the list of flags inherited by all commands',
  examples: '# Print flags inherited by all commands\nkubectl options',
  async run({ program, streams, environment }) {
    const { globalOptions } = await import('./help');
    streams.out(globalOptions({ program, streams, environment }));
  },
};

export default command;
