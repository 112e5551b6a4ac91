/** What goes into an audit log, as flags say it (apiserver `pkg/server/options/audit.go`). */
import { isAbsolute, resolve } from 'node:path';
import type { AuditSettings } from '../cluster/cluster-record';
import { CommandError, type Flag, type Invocation } from './command';
import { messageOf } from './errors';

export const auditFlags: Flag[] = [
  {
    name: 'audit-log-path',
    type: 'string',
    usage: 'File that a line is added to for each request that the audit policy names; "-" is standard output.',
  },
  {
    name: 'audit-policy-file',
    type: 'string',
    usage: 'File with an audit policy (audit.k8s.io/v1): which requests are noted, and how much of them.',
  },
];

/** Undefined where the flags ask for nothing. */
export async function auditOf({ flags, streams, cwd }: Invocation): Promise<AuditSettings | undefined> {
  const [file, path] = [flags.string('audit-policy-file'), flags.string('audit-log-path')];
  if (file === '' && path === '') return undefined;
  if (file === '')
    throw new CommandError('--audit-log-path needs --audit-policy-file: without a policy nothing is noted');
  if (path === '') throw new CommandError('--audit-policy-file needs --audit-log-path');
  const { readFileText } = await import('./print-objects');
  const { parseYaml } = await import('../yaml/read');
  const { readAuditPolicy } = await import('../apiserver/audit/policy');
  const text = file === '-' ? await streams.stdin() : await readFileText(file, cwd);
  try {
    const logPath = path === '-' || isAbsolute(path) ? path : resolve(cwd, path);
    return { policy: readAuditPolicy(parseYaml(text)), logPath };
  } catch (error) {
    throw new CommandError(`loading audit policy file: ${messageOf(error)}: from file ${file}`);
  }
}
