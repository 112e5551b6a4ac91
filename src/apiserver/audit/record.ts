import type { Level } from './policy';

/** What is noted of one request while it is answered (apiserver `pkg/audit/context.go`). */
export interface AuditRecord {
  /** The first to use a key keeps it (AddAuditAnnotations). @param level only where at least so much is noted */
  annotate(key: string, value: string, level?: Level): void;
}
