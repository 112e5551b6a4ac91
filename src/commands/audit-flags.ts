/** What goes into an audit log, as flags say it (apiserver `pkg/server/options/audit.go`). */
import { isAbsolute, resolve } from 'node:path';
import { deepEqual } from '../apimachinery/json';
import { DEFAULT_ROTATION } from '../apiserver/audit/rotation';
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
  {
    name: 'audit-log-maxsize',
    type: 'int',
    default: DEFAULT_ROTATION.maxSize,
    usage: 'Megabytes after which the file is set aside, with the time in its name, for a new one. 0: never.',
  },
  {
    name: 'audit-log-maxage',
    type: 'int',
    default: DEFAULT_ROTATION.maxAge,
    usage: 'Days after which a file that was set aside is deleted. 0: never.',
  },
  {
    name: 'audit-log-maxbackup',
    type: 'int',
    default: DEFAULT_ROTATION.maxBackups,
    usage: 'How many files that were set aside are kept. 0: all of them.',
  },
  { name: 'audit-log-compress', type: 'bool', usage: 'Pack files that are set aside with gzip.' },
  {
    name: 'audit-log-format',
    type: 'string',
    default: 'json',
    usage: '"json", or "legacy": a line of text with a part of what there is to say.',
  },
];

/** Undefined where the flags ask for nothing. */
export async function auditOf({ flags, streams, cwd }: Invocation): Promise<AuditSettings | undefined> {
  const [file, path] = [flags.string('audit-policy-file'), flags.string('audit-log-path')];
  if (file === '' && path === '') return undefined;
  if (file === '')
    throw new CommandError('--audit-log-path needs --audit-policy-file: without a policy nothing is noted');
  if (path === '') throw new CommandError('--audit-policy-file needs --audit-log-path');
  const more = logSettings(flags);
  const { readFileText } = await import('./print-objects');
  const { parseYaml } = await import('../yaml/read');
  const { readAuditPolicy } = await import('../apiserver/audit/policy');
  const text = file === '-' ? await streams.stdin() : await readFileText(file, cwd);
  try {
    const logPath = path === '-' || isAbsolute(path) ? path : resolve(cwd, path);
    return { policy: readAuditPolicy(parseYaml(text)), logPath, ...more };
  } catch (error) {
    throw new CommandError(`loading audit policy file: ${messageOf(error)}: from file ${file}`);
  }
}

/** AuditLogOptions.Validate; what is as it comes is not written down. */
function logSettings(flags: Invocation['flags']): Pick<AuditSettings, 'format' | 'rotation'> {
  const format = flags.string('audit-log-format');
  const [maxAge, maxBackups, maxSize] = ['maxage', 'maxbackup', 'maxsize'].map((name) => {
    const value = flags.int(`audit-log-${name}`);
    if (value < 0) throw new CommandError(`--audit-log-${name} ${value} can't be a negative number`);
    return value;
  }) as [number, number, number];
  if (format !== 'json' && format !== 'legacy')
    throw new CommandError(`invalid audit log format ${format}, allowed formats are "legacy,json"`);
  const rotation = { maxSize, maxAge, maxBackups, compress: flags.bool('audit-log-compress') };
  return {
    ...(format === 'legacy' ? { format } : {}),
    ...(deepEqual(rotation, { ...DEFAULT_ROTATION }) ? {} : { rotation }),
  };
}
