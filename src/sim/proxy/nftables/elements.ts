/** What is in the sets and maps, and for which services: an element stays as long as one of them needs it. */
import type { Container } from './chains';
import type { Element } from './service-rules';

interface Owned {
  readonly service: string;
  readonly element: Element;
}

export interface ElementChanges {
  readonly added: readonly Element[];
  readonly removed: readonly Element[];
}

export class Elements {
  private readonly owners = new Map<Container, Map<string, Owned[]>>();

  clear(): void {
    this.owners.clear();
  }

  /** Where two services claim one key, the first in the order of their names has it. */
  get(container: Container, key: string): Element | undefined {
    return this.owners.get(container)?.get(key)?.[0]?.element;
  }

  in(container: Container): Element[] {
    const all = this.owners.get(container);
    return all ? [...all.values()].map(([first]) => (first as Owned).element) : [];
  }

  size(): number {
    let sum = 0;
    for (const keys of this.owners.values()) sum += keys.size;
    return sum;
  }

  /** Puts what a service needs now in the place of what it needed. */
  replace(service: string, before: readonly Element[], now: readonly Element[]): ElementChanges {
    const concerned = new Map<string, { container: Container; key: string; was: Element | undefined }>();
    for (const { container, key } of [...before, ...now]) {
      const id = `${container} ${key}`;
      if (!concerned.has(id)) concerned.set(id, { container, key, was: this.get(container, key) });
    }
    for (const { container, key } of before) this.drop(service, container, key);
    for (const element of now) this.put(service, element);
    const added: Element[] = [];
    const removed: Element[] = [];
    for (const { container, key, was } of concerned.values()) {
      const is = this.get(container, key);
      if (was?.verdict === is?.verdict && !was === !is) continue;
      if (was) removed.push(was);
      if (is) added.push(is);
    }
    return { added, removed };
  }

  put(service: string, element: Element): void {
    let keys = this.owners.get(element.container);
    if (!keys) {
      keys = new Map();
      this.owners.set(element.container, keys);
    }
    const owned = keys.get(element.key);
    if (!owned) {
      keys.set(element.key, [{ service, element }]);
      return;
    }
    if (owned.some((one) => one.service === service)) return;
    owned.push({ service, element });
    owned.sort((a, b) => (a.service < b.service ? -1 : 1));
  }

  private drop(service: string, container: Container, key: string): void {
    const keys = this.owners.get(container);
    const left = keys?.get(key)?.filter((one) => one.service !== service) ?? [];
    if (left.length > 0) keys?.set(key, left);
    else keys?.delete(key);
  }
}
