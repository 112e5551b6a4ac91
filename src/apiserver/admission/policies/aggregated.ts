/** Several errors as one (utilerrors.NewAggregate). */
export function aggregated(errors: readonly string[]): string {
  const told = [...new Set(errors)];
  return told.length === 1 ? (told[0] as string) : `[${told.join(', ')}]`;
}
