/** What is noted of one request while it is answered (apiserver `pkg/audit/context.go`). */
export interface AuditRecord {
  /** The first to use a key keeps it (AddAuditAnnotations). */
  annotate(key: string, value: string): void;
}
