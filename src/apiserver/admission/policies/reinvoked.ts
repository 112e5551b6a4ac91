/** Who has to be asked again because others have changed an object since (`plugin/policy/mutating/reinvocationcontext.go`, that of webhooks too). */
import { clone, deepEqual, type Json } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import type { Reinvocation } from '../plugin';

export class Reinvoked {
  private last: Json | undefined;
  /** Those who want to be asked again, should something change. */
  private invoked = new Set<string>();
  private due = new Set<string>();

  private constructor(private readonly reinvocation: Reinvocation) {}

  /** That of a plugin, kept for the request. */
  static of(reinvocation: Reinvocation, plugin: string): Reinvoked {
    const known = reinvocation.memory.get(plugin);
    if (known instanceof Reinvoked) return known;
    const made = new Reinvoked(reinvocation);
    reinvocation.memory.set(plugin, made);
    return made;
  }

  /** A round begins: what was changed between the rounds counts too. */
  begin(object: KubeObject): void {
    if (this.reinvocation.again && !deepEqual(this.last, asJson(object))) this.askAgain();
  }
  end(object: KubeObject): void {
    this.last = clone(asJson(object));
  }

  /** In the first round all are asked. */
  isDue(key: string): boolean {
    return !this.reinvocation.again || this.due.has(key);
  }
  /** One has changed the object. */
  changed(): void {
    this.askAgain();
    this.reinvocation.wanted = true;
  }
  mayRunAgain(key: string): void {
    this.invoked.add(key);
  }

  private askAgain(): void {
    for (const key of this.invoked) this.due.add(key);
    this.invoked.clear();
  }
}

/** The object that all share becomes another. */
export function replaceObject(object: KubeObject, by: KubeObject): void {
  if (object === by) return;
  for (const field of Object.keys(object)) if (!Object.hasOwn(by, field)) delete object[field];
  Object.assign(object, by);
}
