/** As whom a command asks: --as and its kin, over what the kubeconfig says of its user (client-go `tools/clientcmd` getAuthInfo, validateAuthInfo). */
import { impersonationHeaders } from '../client/impersonation-headers';
import { CommandError, type Flags } from './command';

/** A user of a kubeconfig, '' and nothing where there is none. */
export interface NamedUser {
  name: string;
  fields: { readonly [field: string]: unknown };
}

export const NO_USER: NamedUser = { name: '', fields: {} };

/** The headers that say so; undefined where a command asks as whoever it is. */
export function impersonationOf(flags: Flags, { name, fields }: NamedUser): Record<string, string> | undefined {
  const user = flags.string('as') || text(fields['as']);
  const uid = flags.string('as-uid') || text(fields['as-uid']);
  const groups = flags.strings('as-group').length > 0 ? flags.strings('as-group') : texts(fields['as-groups']);
  const extra = new Map<string, readonly string[]>();
  for (const [key, values] of Object.entries((fields['as-user-extra'] ?? {}) as object)) extra.set(key, texts(values));
  for (const [key, values] of extraFlags(flags)) extra.set(key, values);
  if (!user && !uid && groups.length === 0 && extra.size === 0) return undefined;
  if (!user) throw new CommandError(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return impersonationHeaders({ user, uid, groups, extra });
}

/** One without `=` says nothing, as in upstream. */
function extraFlags(flags: Flags): Map<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const pair of flags.strings('as-user-extra')) {
    const at = pair.indexOf('=');
    if (at < 0) continue;
    const key = pair.slice(0, at);
    extra.set(key, [...(extra.get(key) ?? []), pair.slice(at + 1)]);
  }
  return extra;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
