/**
 * Features that are off in 1.36 unless asked for (kubernetes `pkg/features/kube_features.go`): those of which the cluster
 * knows both sides. Everything else is as it is by default.
 */

/** Name → on or off, where it differs from the default. */
export type FeatureGates = Readonly<Record<string, boolean>>;

const DEFAULTS: FeatureGates = Object.freeze({
  // Alpha: on by default in 1.37 only.
  HPAScaleToZero: false,
  // On in 1.35.0, and off again from 1.35.4 on for what it did to Parallel sets.
  MaxUnavailableStatefulSet: false,
});

export function isEnabled(gates: FeatureGates, name: keyof typeof DEFAULTS & string): boolean {
  return (Object.hasOwn(gates, name) ? gates[name] : DEFAULTS[name]) ?? false;
}

/**
 * Reads `A=true,B=false`, as --feature-gates takes it.
 * @throws Error in the words of component-base `featuregate`.
 */
export function parseFeatureGates(text: string): FeatureGates {
  const gates: Record<string, boolean> = {};
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [name = '', value] = pair.split(/=(.*)/s).map((part) => part.trim());
    if (value === undefined) throw new Error(`missing bool value for ${name}`);
    if (!/^(true|false)$/i.test(value))
      throw new Error(
        `invalid value of ${name}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
    if (!Object.hasOwn(DEFAULTS, name)) throw new Error(`unrecognized feature gate: ${name}`);
    gates[name] = value.toLowerCase() === 'true';
  }
  return gates;
}
