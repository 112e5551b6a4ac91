/** The admission plugins of a server, in upstream's order (kubeapiserver `options/plugins.go`, AllOrderedPlugins). */
import type { JsonObject } from '../../apimachinery/json';
import type { ServedResource } from '../served-resource';
import type { AdmissionAttributes, AdmissionPlugin, Grounds, Operation } from './plugin';
import { type AdmissionSettings, DEFAULT_ADMISSION } from './settings';

export class AdmissionChain {
  /** Which plugins care, by resource and then by operation and subresource: asked for with every request. */
  private readonly interested = new Map<ServedResource, Map<string, readonly AdmissionPlugin[]>>();

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
    return this.pluginsFor(operation, resource, subresource).length === 0;
  }

  /**
   * Lets each plugin change the object, in order, and once more where one asks for that (apiserver `admission/reinvocation.go`).
   * @throws ApiError of the first that refuses.
   */
  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { reinvocation } = attributes;
    await this.admitOnce(attributes);
    if (!reinvocation.wanted) return;
    reinvocation.again = true;
    await this.admitOnce(attributes);
  }

  private async admitOnce(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.pluginsFor(attributes.operation, attributes.resource, attributes.subresource))
      if (plugin.admit) {
        const admission = plugin.admit(attributes);
        if (admission) await admission;
        attributes.changed?.(plugin.name);
      }
  }

  /** Lets each plugin judge the finished object, in order. @throws ApiError of the first that refuses. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.pluginsFor(attributes.operation, attributes.resource, attributes.subresource)) {
      const judgement = plugin.validate?.(attributes);
      if (judgement) await judgement;
    }
  }

  /** What all that the plugins have said of a new object hangs on; undefined where one of them must be asked of each. */
  grounds(attributes: AdmissionAttributes, body: JsonObject): Grounds[] | undefined {
    const all: Grounds[] = [];
    for (const plugin of this.pluginsFor(attributes.operation, attributes.resource, attributes.subresource)) {
      const grounds = plugin.grounds?.(attributes, body);
      if (!grounds) return undefined;
      all.push(grounds);
    }
    return all;
  }

  private pluginsFor(operation: Operation, resource: ServedResource, subresource: string): readonly AdmissionPlugin[] {
    let byRequest = this.interested.get(resource);
    if (!byRequest) {
      byRequest = new Map();
      this.interested.set(resource, byRequest);
    }
    const key = subresource === '' ? operation : `${operation}/${subresource}`;
    let plugins = byRequest.get(key);
    if (!plugins) {
      if (!this.plugins) throw new Error('admission was not loaded');
      plugins = this.plugins.filter((plugin) => plugin.handles(operation, resource, subresource));
      byRequest.set(key, plugins);
    }
    return plugins;
  }
}

function isList(wanted: readonly AdmissionPlugin[] | AdmissionSettings): wanted is readonly AdmissionPlugin[] {
  return Array.isArray(wanted);
}
