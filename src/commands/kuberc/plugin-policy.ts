/** Which credential plugins may run (client-go plugin/pkg/client/auth/exec): all, none, or those of a list. */
import { lookPath } from '../plugin/look-path';
import type { AllowlistEntry, Preference } from './preference';

export interface PluginPolicy {
  /** '' is AllowAll. */
  type: string;
  allowlist: readonly string[] | undefined;
}

export function policyOf(preference: Preference): PluginPolicy {
  const commandOf = ({ command, name }: AllowlistEntry) => command || name || '';
  return {
    type: preference.credentialPluginPolicy ?? '',
    allowlist: preference.credentialPluginAllowlist?.map(commandOf),
  };
}

/** @throws Error what is wrong with it (ValidatePluginPolicy) */
export function validatePolicy({ type, allowlist }: PluginPolicy): void {
  switch (type) {
    case '':
    case 'AllowAll':
    case 'DenyAll':
      if (allowlist === undefined) return;
      throw new Error(
        `misconfigured credential plugin allowlist: plugin policy is ${JSON.stringify(type)} but allowlist is non-nil`,
      );
    case 'Allowlist': {
      if (!allowlist) throw new Error(`credential plugin policy set to "Allowlist", but allowlist is unspecified`);
      if (allowlist.length === 0) {
        throw new Error(
          `credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead`,
        );
      }
      const empty = allowlist.indexOf('');
      if (empty >= 0) throw new Error(`misconfigured credential plugin allowlist: empty allowlist entry #${empty + 1}`);
      return;
    }
    default:
      throw new Error(`unknown plugin policy: ${JSON.stringify(type)}`);
  }
}

/** What stands against running this command, or undefined where it may run. */
export function refusal(
  { type, allowlist = [] }: PluginPolicy,
  command: string,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | undefined {
  if (type === 'DenyAll') return `plugin ${JSON.stringify(command)} not allowed: policy set to "DenyAll"`;
  if (type !== 'Allowlist') return undefined;
  const path = lookPath(command, environment, cwd);
  const isListed = path !== undefined && allowlist.some((entry) => lookPath(entry, environment, cwd) === path);
  return isListed
    ? undefined
    : `plugin path ${JSON.stringify(path ?? command)} is not permitted by the credential plugin allowlist`;
}
