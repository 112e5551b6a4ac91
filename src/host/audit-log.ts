/** Audit logs as files (apiserver `plugin/pkg/audit/log/backend.go`): `-` is standard output. A line is in the file once it is written. */
import type { AuditLog } from '../apiserver/audit/auditor';
import type { RotationSettings } from '../apiserver/audit/rotation';
import type { Instant } from '../sim/clock';
import { RotatingFile } from './rotating-file';

/** @param lasts of a process that goes on for long */
export function openAuditLog(path: string, rotation: RotationSettings, now: () => Instant, lasts = false): AuditLog {
  if (path === '-') return { state: 0, write: (line) => void process.stdout.write(`${line}\n`) };
  const file = new RotatingFile(path, rotation, now, lasts);
  return {
    state: file.state,
    write(line) {
      try {
        file.append(`${line}\n`);
      } catch (error) {
        // HandlePluginError: a request does not fail for its line.
        const { message } = error as Error;
        process.stderr.write(
          `Error in audit plugin 'log' affecting 1 audit events: ${message}\nImpacted events:\n${line}\n`,
        );
      }
    },
  };
}
