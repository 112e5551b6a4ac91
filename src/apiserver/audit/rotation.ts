/** When an audit log is set aside for a new one, and how many of them are kept (apiserver `pkg/server/options/audit.go` AuditLogOptions). */
export interface RotationSettings {
  /** Megabytes. For each of these 0 stands for no limit. */
  maxSize: number;
  /** Days that a file is kept after it was set aside. */
  maxAge: number;
  maxBackups: number;
  /** Files that are set aside are packed. */
  compress: boolean;
}

export const DEFAULT_ROTATION: RotationSettings = Object.freeze({
  maxSize: 100,
  maxAge: 366,
  maxBackups: 100,
  compress: false,
});
