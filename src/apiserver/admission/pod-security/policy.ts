/** Which levels of pod security hold in a namespace, as its labels say (k8s.io/pod-security-admission `api/helpers.go`). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** The minor of `v1.25`; Infinity for `latest`. */
export type Version = number;

export interface LevelVersion {
  readonly level: Level;
  readonly version: Version;
}

/** What is done about a pod that breaks a level: it is refused, it is noted in the audit log, its maker is warned. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

export const MODES = ['enforce', 'audit', 'warn'] as const;
export const LABEL_PREFIX = 'pod-security.kubernetes.io/';
export const LATEST: Version = Number.POSITIVE_INFINITY;

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const VERSION = /^v1\.([0-9]|[1-9][0-9]*)$/;

/** `restricted:v1.25` */
export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${version === LATEST ? 'latest' : `v1.${version}`}`;
}

/** Undefined for what is none. */
export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level === text);
}

/** Undefined for what is none. */
export function parseVersion(text: string): Version | undefined {
  if (text === 'latest') return LATEST;
  const minor = VERSION.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

export const LEVEL_COMPLAINT = `must be one of ${LEVELS.join(', ')}`;
export const VERSION_COMPLAINT = 'must be "latest" or "v1.x"';

/** How much stricter `a` is than `b`: below 0 where it is laxer. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

export function isFullyPrivileged(policy: Policy): boolean {
  return MODES.every((mode) => policy[mode].level === 'privileged');
}

/** What is privileged is so in every version (Policy.Equivalent). */
export function equivalent(a: Policy, b: Policy): boolean {
  return MODES.every(
    (mode) =>
      a[mode].level === b[mode].level && (a[mode].level === 'privileged' || a[mode].version === b[mode].version),
  );
}

export function sameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/**
 * The policy that labels ask for. What can't be read counts as the strictest where pods are refused, and as nothing where they
 * are only talked about (PolicyToEvaluate).
 */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: Policy,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  if (!labels) return { policy: defaults, errors };
  const label = (name: string) =>
    Object.hasOwn(labels, LABEL_PREFIX + name) ? labels[LABEL_PREFIX + name] : undefined;
  const complain = (name: string, value: string, text: string) =>
    errors.push(invalid(`metadata.labels[${LABEL_PREFIX}${name}]`, value, text));
  const read = (mode: (typeof MODES)[number]): LevelVersion => {
    let { level, version } = defaults[mode];
    const asked = label(mode);
    if (asked !== undefined) {
      const known = parseLevel(asked);
      if (!known) complain(mode, asked, LEVEL_COMPLAINT);
      level = known ?? (mode === 'enforce' ? 'restricted' : 'privileged');
    }
    const since = label(`${mode}-version`);
    if (since !== undefined) {
      const known = parseVersion(since);
      if (known === undefined) complain(`${mode}-version`, since, VERSION_COMPLAINT);
      version = known ?? LATEST;
    }
    return { level, version };
  };
  const enforce = read('enforce');
  const audit = read('audit');
  let warn = read('warn');
  // Whoever enforces a level warns of it too.
  const enforced = parseLevel(label('enforce') ?? '');
  if (label('warn') === undefined && enforced && compareLevels(enforced, warn.level) > 0)
    warn = { level: enforced, version: label('warn-version') === undefined ? enforce.version : warn.version };
  return { policy: { enforce, audit, warn }, errors };
}
