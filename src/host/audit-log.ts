/** Audit logs as files (apiserver `plugin/pkg/audit/log/backend.go`): `-` is standard output. A line is in the file once it is written. */
import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditLog } from '../apiserver/audit/auditor';

/** Only its owner may read it: requests are in it, and what they carry. */
const OWNER_ONLY = 0o600;

export function openAuditLog(path: string): AuditLog {
  if (path === '-') return { size: 0, write: (line) => void process.stdout.write(`${line}\n`) };
  mkdirSync(dirname(path), { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return { size, write: (line) => appendFileSync(path, `${line}\n`, { mode: OWNER_ONLY }) };
}
