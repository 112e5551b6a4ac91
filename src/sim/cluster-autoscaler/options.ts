/** The autoscaler's flags, read (autoscaler `config/autoscaling_options.go` AutoscalingOptions). */
import { autoscalerFlagComplaint } from '../../apimachinery/autoscaler-flag-values';
import { AUTOSCALER_FLAGS, type AutoscalerFlagName, isAutoscalerFlag } from '../../apimachinery/autoscaler-flags';
import { parseDuration } from '../../apimachinery/duration';

export type WrittenFlags = Readonly<Record<string, string>>;

/** Typed access; what can't be read has its default. */
export class Options {
  private readonly texts = new Map<AutoscalerFlagName, string>();

  /** The later ones win. */
  constructor(...written: readonly (WrittenFlags | undefined)[]) {
    for (const flags of written)
      for (const [name, value] of Object.entries(flags ?? {}))
        if (isAutoscalerFlag(name) && autoscalerFlagComplaint(name, value) === undefined) this.texts.set(name, value);
  }

  text(name: AutoscalerFlagName): string {
    return this.texts.get(name) ?? AUTOSCALER_FLAGS[name].default;
  }
  is(name: AutoscalerFlagName): boolean {
    return this.text(name) === 'true';
  }
  number(name: AutoscalerFlagName): number {
    return Number(this.text(name));
  }
  /** Milliseconds. */
  duration(name: AutoscalerFlagName): number {
    return parseDuration(this.text(name));
  }
  list(name: AutoscalerFlagName): string[] {
    const text = this.text(name);
    return text === '' ? [] : text.split(',');
  }
  range(name: AutoscalerFlagName): { min: number; max: number } {
    const [min = 0, max = 0] = this.text(name).split(':').map(Number);
    return { min, max };
  }
}
