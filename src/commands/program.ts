/** The table of commands: each is loaded when it is invoked. Adding a command is adding one line. */
import type { Command } from './command';

export type Loader = () => Promise<{ default: Command }>;

export interface CommandGroup {
  title: string;
  commands: Readonly<Record<string, Loader>>;
}

/** In the groups and the order of kubectl's own help (pkg/cmd/cmd.go), and kubetick's own at the end. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Basic Commands (Beginner):',
    commands: {},
  },
  {
    title: 'Basic Commands (Intermediate):',
    commands: {},
  },
  {
    title: 'Deploy Commands:',
    commands: {},
  },
  {
    title: 'Cluster Management Commands:',
    commands: {},
  },
  {
    title: 'Troubleshooting and Debugging Commands:',
    commands: {},
  },
  {
    title: 'Advanced Commands:',
    commands: {},
  },
  {
    title: 'Settings Commands:',
    commands: {},
  },
  {
    title: 'Simulation Commands:',
    commands: {},
  },
  {
    title: 'Other Commands:',
    commands: {
      options: () => import('./options'),
      version: () => import('./version'),
    },
  },
];

/** The loader of a top-level command, or undefined where there is none of that name. */
export function findTopLevel(name: string): Loader | undefined {
  for (const group of commandGroups) if (Object.hasOwn(group.commands, name)) return group.commands[name];
  return undefined;
}
