/** Deletes what a search found, and waits until it is gone (DeleteOptions.DeleteResult). */
import { isReason } from '../../apimachinery/status';
import { isNotFoundError } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Result } from '../builder/result';
import { deletedUid, deleteObject, type Propagation } from '../builder/writes';
import type { Invocation } from '../command';
import { addSource, throwCollected } from '../errors';
import type { DryRun } from '../flag-sets';
import { kindName } from '../kind-name';
import { waitUntilGone } from './wait-until-gone';

export interface Deletion {
  propagation: Propagation;
  /** Seconds; negative: what each object says itself. */
  gracePeriod: number;
  dryRun: DryRun;
  ignoreNotFound: boolean;
  wait: boolean;
  /** Simulated milliseconds; 0: a week. */
  timeout: number;
  /** Only names are printed. */
  nameOnly: boolean;
  /** The namespace was named: say so when something outside of namespaces goes. */
  warnClusterScope: boolean;
  /** Only those that pass are deleted (--interactive). */
  confirmed?(info: Info): boolean;
}

/** With no timeout it is as if for ever: a week. */
const FOREVER = 168 * 3_600_000;

export async function deleteResult(invocation: Invocation, result: Result, deletion: Deletion): Promise<void> {
  const { streams } = invocation;
  const deleted: { info: Info; uid: string | undefined }[] = [];
  let found = 0;
  let warn = deletion.warnClusterScope;
  try {
    await result.visit(async (info) => {
      if (deletion.confirmed && !deletion.confirmed(info)) return;
      found++;
      if (warn && !info.namespaced) {
        streams.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
        warn = false;
      }
      if (deletion.dryRun === 'client') {
        streams.out(deletionLine(info, deletion));
        return;
      }
      try {
        const answer = await deleteObject(info, deletion);
        streams.out(deletionLine(info, deletion));
        deleted.push({ info, uid: deletedUid(answer) });
      } catch (error) {
        throw addSource('deleting', info.source, error);
      }
      await invocation.checkpoint();
    });
  } catch (error) {
    if (!deletion.ignoreNotFound) throw error;
    const { ErrorList } = await import('../errors');
    const errors = error instanceof ErrorList ? error.errors : [error];
    throwCollected(errors.filter((each) => !isNotFoundError(each)));
  }
  if (found === 0) {
    streams.out('No resources found\n');
    return;
  }
  if (!deletion.wait || deletion.dryRun !== 'none') return;
  try {
    await waitUntilGone(invocation, deleted, deletion.timeout || FOREVER);
  } catch (error) {
    // Who may delete but not look has no reason to fail.
    if (!isReason(error, 'Forbidden') && !isReason(error, 'MethodNotAllowed')) throw error;
  }
}

/** `pod "web" force deleted from default namespace (dry run)` (DeleteOptions.PrintObj). */
function deletionLine(info: Info, { gracePeriod, dryRun, nameOnly }: Deletion): string {
  const kind = kindName(info.mapping as NonNullable<Info['mapping']>);
  if (nameOnly) return `${kind}/${info.name}\n`;
  let operation = gracePeriod === 0 ? 'force deleted' : 'deleted';
  if (info.namespaced) operation += ` from ${info.namespace} namespace`;
  if (dryRun !== 'none') operation += dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
  return `${kind} "${info.name}" ${operation}\n`;
}
