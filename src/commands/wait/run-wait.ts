/** Completes and runs `wait` (WaitOptions). */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason, notFound } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { findResources } from '../builder/builder';
import { type Info, whereOf } from '../builder/info';
import type { Result } from '../builder/result';
import { CommandError, type Invocation } from '../command';
import { printerFor } from '../print-objects';
import { type Condition, readConditions } from './conditions';

const WEEK = 168 * 3_600_000;
const TIMED_OUT = 'timed out waiting for the condition';

export async function runWait(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const printer = await printerFor(invocation, 'condition met');
  const conditions = readConditions(flags.strings('for'));
  const timeout = flags.duration('timeout') < 0 ? WEEK : flags.duration('timeout');
  const waiting = new Waiting(invocation, timeout);
  if (conditions.some(({ kind }) => kind === 'create')) await waiting.untilFound();
  const forDelete = conditions.some(({ kind }) => kind === 'delete');
  const found = await find(invocation, forDelete);
  let count = 0;
  await found.visit(async (info) => {
    count++;
    for (const condition of conditions) {
      const object = await waiting.until(condition, info);
      streams.out(printer.print(object));
      await invocation.checkpoint();
    }
  });
  if (count === 0 && !forDelete) throw new CommandError('no matching resources found');
}

async function find(invocation: Invocation, forDelete: boolean): Promise<Result> {
  const { flags, args } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  return findResources(invocation, {
    filenames: flags.strings('filename'),
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    allNamespaces: flags.bool('all-namespaces'),
    selector: flags.string('selector'),
    fieldSelector: flags.string('field-selector'),
    all: flags.bool('all'),
    local: flags.bool('local'),
    latest: true,
    flatten: true,
    ...(forDelete ? { ignore: (error: unknown) => isReason(error, 'NotFound') } : {}),
  });
}

/** One `wait`: the deadline is the same for all conditions of all objects. */
class Waiting {
  private deadline: number | undefined;

  constructor(
    private readonly invocation: Invocation,
    private readonly timeout: number,
  ) {}

  /** Until the search finds something (`--for=create`). */
  async untilFound(): Promise<void> {
    for (;;) {
      if (await this.isFound()) return;
      if (!(await this.pass())) throw new CommandError(TIMED_OUT);
    }
  }

  private async isFound(): Promise<boolean> {
    let count = 0;
    try {
      const found = await find(this.invocation, false);
      await found.visit(() => {
        count++;
      });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
    return count > 0;
  }

  /** The object as it was when the condition held. */
  async until(condition: Condition, info: Info): Promise<KubeObject> {
    if (info.name === '') throw new CommandError('resource name must be provided');
    if (condition.kind === 'create') return info.object as KubeObject;
    const uid = info.object?.metadata.uid;
    for (;;) {
      const object = await this.get(info);
      if (condition.kind === 'holds') {
        const { mapping } = info.reachable();
        if (!object) throw notFound({ group: mapping.group, resource: mapping.plural }, info.name);
        if (condition.holds(object)) return object;
      } else if (!object || object.metadata.uid !== uid) return info.object as KubeObject;
      if (this.timeout === 0) throw new CommandError(`condition not met for ${info.objectName}`);
      if (!(await this.pass())) throw new CommandError(`${TIMED_OUT} on ${info.objectName}`);
    }
  }

  private async get(info: Info): Promise<KubeObject | undefined> {
    const { client, mapping, name } = info.reachable();
    const path = resourcePath(whereOf(mapping), mapping.namespaced ? info.namespace : '', name);
    try {
      return await client.request<KubeObject>({ method: 'GET', path });
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** False when the time is up, or when nothing will happen any more. */
  private async pass(): Promise<boolean> {
    const time = await this.invocation.time();
    this.deadline ??= time.now() + this.timeout;
    const left = this.deadline - time.now();
    return left > 0 && (await time.pass(left));
  }
}
