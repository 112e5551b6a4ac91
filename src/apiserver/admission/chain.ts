/** The admission plugins of a server, in upstream's order (kubeapiserver `options/plugins.go`, AllOrderedPlugins). */
import type { JsonObject } from '../../apimachinery/json';
import type { ServedResource } from '../served-resource';
import type { AdmissionAttributes, AdmissionPlugin, Grounds, Operation } from './plugin';
import { type AdmissionSettings, DEFAULT_ADMISSION } from './settings';

export class AdmissionChain {
  /** Which plugins care for what is asked of a resource: looked up with every request. */
  private readonly interested = new Map<ServedResource, Interested[]>();

  private plugins: readonly AdmissionPlugin[] | undefined;

  /** @param wanted the plugins, or which of ordered-plugins.ts: those are loaded before the first write */
  constructor(private readonly wanted: readonly AdmissionPlugin[] | AdmissionSettings = DEFAULT_ADMISSION) {
    if (isList(wanted)) this.plugins = wanted;
  }

  get ready(): boolean {
    return this.plugins !== undefined;
  }

  /** Brings the plugins in. Nothing may be written before. */
  async load(): Promise<void> {
    if (this.plugins || isList(this.wanted)) return;
    this.plugins = await (await import('./ordered-plugins')).pluginsOf(this.wanted);
  }

  /** True when no plugin would look at such a request. */
  ignores(operation: Operation, resource: ServedResource, subresource: string): boolean {
    return this.interestedIn(operation, resource, subresource).plugins.length === 0;
  }

  /**
   * Lets each plugin change the object, in order, and once more where one asks for that (apiserver `admission/reinvocation.go`). At
   * once, if none has to wait for anything.
   * @throws ApiError of the first that refuses.
   */
  admit(attributes: AdmissionAttributes): void | Promise<void> {
    const { operation, resource, subresource } = attributes;
    const { admitting } = this.interestedIn(operation, resource, subresource);
    const admission = admitInTurn(admitting, attributes, 0);
    return admission ? admission.then(() => admitAgain(admitting, attributes)) : admitAgain(admitting, attributes);
  }

  /** Lets each plugin judge the finished object, in order; likewise. @throws ApiError of the first that refuses. */
  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const { operation, resource, subresource } = attributes;
    return validateInTurn(this.interestedIn(operation, resource, subresource).validating, attributes, 0);
  }

  /** What all that the plugins have said of a new object hangs on; undefined where one of them must be asked of each. */
  grounds(attributes: AdmissionAttributes, body: JsonObject): Grounds[] | undefined {
    const all: Grounds[] = [];
    const { operation, resource, subresource } = attributes;
    for (const plugin of this.interestedIn(operation, resource, subresource).plugins) {
      const grounds = plugin.grounds?.(attributes, body);
      if (!grounds) return undefined;
      all.push(grounds);
    }
    return all;
  }

  private interestedIn(operation: Operation, resource: ServedResource, subresource: string): Interested {
    let known = this.interested.get(resource);
    if (!known) {
      known = [];
      this.interested.set(resource, known);
    }
    for (let i = 0; i < known.length; i++) {
      const one = known[i] as Interested;
      if (one.subresource === subresource && one.operation === operation) return one;
    }
    if (!this.plugins) throw new Error('admission was not loaded');
    const plugins = this.plugins.filter((plugin) => plugin.handles(operation, resource, subresource));
    const admitting = plugins.filter(({ admit }) => admit !== undefined);
    const validating = plugins.filter(({ validate }) => validate !== undefined);
    const interested = { operation, subresource, plugins, admitting, validating };
    known.push(interested);
    return interested;
  }
}

/** Of a resource, who cares for such a request. */
interface Interested {
  readonly operation: Operation;
  readonly subresource: string;
  readonly plugins: readonly AdmissionPlugin[];
  readonly admitting: readonly AdmissionPlugin[];
  readonly validating: readonly AdmissionPlugin[];
}

function admitAgain(plugins: readonly AdmissionPlugin[], attributes: AdmissionAttributes): void | Promise<void> {
  const { reinvocation } = attributes;
  if (!reinvocation.wanted) return;
  reinvocation.again = true;
  return admitInTurn(plugins, attributes, 0);
}

/** @param from whose turn it is */
function admitInTurn(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  from: number,
): void | Promise<void> {
  for (let turn = from; turn < plugins.length; turn++) {
    const plugin = plugins[turn] as AdmissionPlugin;
    const admission = plugin.admit?.(attributes);
    if (admission)
      return admission.then(() => {
        attributes.changed?.(plugin.name);
        return admitInTurn(plugins, attributes, turn + 1);
      });
    attributes.changed?.(plugin.name);
  }
}

function validateInTurn(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  from: number,
): void | Promise<void> {
  for (let turn = from; turn < plugins.length; turn++) {
    const judgement = (plugins[turn] as AdmissionPlugin).validate?.(attributes);
    if (judgement) return judgement.then(() => validateInTurn(plugins, attributes, turn + 1));
  }
}

function isList(wanted: readonly AdmissionPlugin[] | AdmissionSettings): wanted is readonly AdmissionPlugin[] {
  return Array.isArray(wanted);
}
