/** The admission plugins of a server, in upstream's order (kubeapiserver `options/plugins.go`, AllOrderedPlugins). */
import type { ServedResource } from '../served-resource';
import type { AdmissionAttributes, AdmissionPlugin, Operation } from './plugin';

export class AdmissionChain {
  /** Which plugins care, by resource and then by operation and subresource: asked for with every request. */
  private readonly interested = new Map<ServedResource, Map<string, readonly AdmissionPlugin[]>>();

  private plugins: readonly AdmissionPlugin[] | undefined;

  /** @param plugins default: those of default-plugins.ts, which are loaded before the first write. */
  constructor(plugins?: readonly AdmissionPlugin[]) {
    this.plugins = plugins;
  }

  get ready(): boolean {
    return this.plugins !== undefined;
  }

  /** Brings the default plugins in. Nothing may be written before. */
  async load(): Promise<void> {
    this.plugins ??= (await import('./default-plugins')).DEFAULT_PLUGINS;
  }

  /** True when no plugin would look at such a request. */
  ignores(operation: Operation, resource: ServedResource, subresource: string): boolean {
    return this.pluginsFor(operation, resource, subresource).length === 0;
  }

  /** Lets each plugin change the object, in order. @throws ApiError of the first that refuses. */
  async admit(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.pluginsFor(attributes.operation, attributes.resource, attributes.subresource)) {
      const admission = plugin.admit?.(attributes);
      if (admission) await admission;
    }
  }

  /** Lets each plugin judge the finished object, in order. @throws ApiError of the first that refuses. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.pluginsFor(attributes.operation, attributes.resource, attributes.subresource)) {
      const judgement = plugin.validate?.(attributes);
      if (judgement) await judgement;
    }
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
