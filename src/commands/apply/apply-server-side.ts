/** Server-side apply of one object: the file goes to the server, which merges it field by field (ApplyOptions.applyOneObject). */
import type { Json, JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { Info } from '../builder/info';
import { patchObject, type WriteOptions } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { LAST_APPLIED, lastAppliedText } from '../last-applied';
import { warnIfDeleting } from './apply-client-side';
import type { ApplyOptions } from './run-apply';

const CONFLICT_HELP = `
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** Who holds the annotation for those who go back to client-side apply. */
const ANNOTATION_MANAGER = 'kubectl-last-applied';

/** Applies it; afterwards `info.object` is what the server has. */
export async function applyObject(invocation: Invocation, info: Info, options: ApplyOptions): Promise<string> {
  const { streams } = invocation;
  const wanted = asJson(info.object as KubeObject);
  const write: WriteOptions = { ...options, force: options.forceConflicts };
  const live = options.explain && (await explainMerge(info, wanted, options));
  try {
    info.refresh(await patchObject(info, 'apply', wanted, write));
  } catch (error) {
    if (isReason(error, 'UnsupportedMediaType')) {
      throw new CommandError(`Server-side apply not available on the server: (${messageOf(error)})`);
    }
    if (isReason(error, 'Conflict')) throw new CommandError(messageOf(error) + CONFLICT_HELP);
    throw error;
  }
  const migrated = await migrate(invocation, info, options, wanted, write);
  if (migrated && live) await explainTakeOver(info, wanted, options, live);
  warnIfDeleting({ streams } as Invocation, info.object as KubeObject);
  return 'serverside-applied';
}

/** --explain: says what the server is going to merge. Resolves to the object as it is now. */
async function explainMerge(info: Info, wanted: JsonObject, options: ApplyOptions): Promise<KubeObject | undefined> {
  const { liveObject, recordServerSide } = await import('../explain-merge/merge-records');
  const live = await liveObject(info);
  options.explain?.(await recordServerSide(info, live, asObject(wanted), options));
  return live;
}

/** The same where client-side apply has held the object until now: what was its is this manager's from the start. */
async function explainTakeOver(info: Info, wanted: JsonObject, options: ApplyOptions, live: KubeObject) {
  const { recordServerSide } = await import('../explain-merge/merge-records');
  const { upgradedManagedFields } = await import('./upgrade-managed-fields');
  const { managedFields = [] } = live.metadata;
  const managers = new Set(ownersOfAnnotation(live, 'Update').map(({ manager }) => manager));
  const upgraded = upgradedManagedFields(managedFields, managers, options.fieldManager) ?? managedFields;
  const taken = { ...live, metadata: { ...live.metadata, managedFields: upgraded } };
  const record = await recordServerSide(info, taken, asObject(wanted), options);
  options.explain?.(record && { ...record, live });
}

/**
 * Takes over what client-side apply held, the first time: its annotation gets a manager of its own, its fields become this
 * manager's (saveLastApplyAnnotationIfNecessary, migrateToSSAIfNecessary). True when it did.
 */
async function migrate(
  { streams }: Invocation,
  info: Info,
  options: ApplyOptions,
  wanted: JsonObject,
  write: WriteOptions,
): Promise<boolean> {
  // Before the migration, and without a subresource: what was applied of one says nothing about the rest.
  const { subresource: _, force: __, ...plain } = write;
  try {
    await saveAnnotation(info, options, plain);
  } catch (error) {
    streams.err(
      `Warning: failed to migrate ${LAST_APPLIED} for Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: ${messageOf(error)}\n`,
    );
    return false;
  }
  let migrated: boolean;
  try {
    migrated = await takeOverFields(info, options, plain);
  } catch (error) {
    streams.err(
      `Warning: server rejected managed fields migration to Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: ${messageOf(error)}\n`,
    );
    return false;
  }
  if (!migrated) return false;
  try {
    info.refresh(await patchObject(info, 'apply', wanted, write));
  } catch (error) {
    streams.err(
      `Warning: failed to re-apply configuration after performing Server-Side Apply migration. This is non-fatal and will be retried next time you apply. Error: ${messageOf(error)}\n`,
    );
  }
  return true;
}

async function saveAnnotation(info: Info, options: ApplyOptions, write: WriteOptions): Promise<void> {
  if (options.fieldManager !== 'kubectl') return;
  const object = info.object as KubeObject;
  const text = lastAppliedText(object);
  if (text === undefined || ownersOfAnnotation(object, 'Apply').length > 0) return;
  const { name, namespace } = object.metadata;
  const justAnnotation: Json = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name: name ?? '',
      ...(namespace ? { namespace } : {}),
      annotations: { [LAST_APPLIED]: text },
    },
  };
  info.refresh(await patchObject(info, 'apply', justAnnotation, { ...write, fieldManager: ANNOTATION_MANAGER }));
}

/** True when managers were rewritten. */
async function takeOverFields(info: Info, options: ApplyOptions, write: WriteOptions): Promise<boolean> {
  const managers = new Set(ownersOfAnnotation(info.object as KubeObject, 'Update').map((entry) => entry.manager));
  for (let attempt = 0; ; attempt++) {
    const { upgradedManagedFields } = await import('./upgrade-managed-fields');
    const object = info.object as KubeObject;
    const upgraded = upgradedManagedFields(object.metadata.managedFields ?? [], managers, options.fieldManager);
    if (!upgraded) return false;
    const patch: Json = [
      { op: 'replace', path: '/metadata/managedFields', value: upgraded as unknown as Json },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion ?? '' },
    ];
    try {
      info.refresh(await patchObject(info, 'json', patch, write));
      return true;
    } catch (error) {
      if (!isReason(error, 'Conflict') || attempt >= 4) throw error;
    }
    await info.get();
  }
}

/** The managers whose fields include the annotation (csaupgrade.FindFieldsOwners). */
function ownersOfAnnotation(object: KubeObject, operation: 'Apply' | 'Update'): ManagedFieldsEntry[] {
  return (object.metadata.managedFields ?? []).filter((entry) => {
    if (entry.operation !== operation || entry.subresource) return false;
    const annotations = (entry.fieldsV1['f:metadata'] as JsonObject | undefined)?.['f:annotations'] as
      | JsonObject
      | undefined;
    return annotations !== undefined && Object.hasOwn(annotations, `f:${LAST_APPLIED}`);
  });
}
