/** Environment variables that switch parts of kubectl on and off (cmd/util/helpers.go FeatureGate). */
import type { Command, Flag } from './command';

export interface Gate {
  /** `KUBECTL_APPLYSET` */
  variable: string;
  /** What it is unless the variable says `true` or `false`. */
  default: boolean;
}

/** Preferences in a kuberc. */
export const kubercGate: Gate = { variable: 'KUBECTL_KUBERC', default: true };
/** `apply --prune --applyset`. */
export const applySetGate: Gate = { variable: 'KUBECTL_APPLYSET', default: false };

export type Environment = Readonly<Record<string, string | undefined>>;

/** No gate is an open one. */
export function isOpen(gate: Gate | undefined, environment: Environment): boolean {
  if (!gate) return true;
  const said = environment[gate.variable]?.toLowerCase();
  return gate.default ? said !== 'false' : said === 'true';
}

/** The flags of a command that are there in this environment, each name once. */
export function flagsOf(command: Pick<Command, 'flags'> | undefined, environment: Environment): Flag[] {
  const seen = new Set<string>();
  return (command?.flags ?? []).filter(
    ({ name, gate }) => isOpen(gate, environment) && !seen.has(name) && seen.add(name),
  );
}
