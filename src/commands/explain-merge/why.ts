/** Which rule decided a field, in one sentence. */
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import type { FieldExplanation, MergeRecord } from './explanation';

/** How the whole apply ended: what is told of a field depends on it. */
export interface Ending {
  record: MergeRecord;
  /** The server refused all of it. */
  refused: boolean;
  /** --force-conflicts. */
  forced: boolean;
}

export function why(field: FieldExplanation, { record, refused, forced }: Ending): string {
  const { rule, verb, owners, file, lastApplied } = field;
  const applier = quoted(record.fieldManager);
  const others = owners.filter((entry) => !isApplier(entry, record));
  const last = others[0] && verb !== 'added' ? `; ${owner(others[0])} wrote it last` : '';
  switch (rule) {
    case 'set-by-file':
      if (verb === 'removed') return 'removed: the file says null, which means "not there"';
      return verb === 'added' ? 'owned by the file, and new' : `owned by the file${last}`;
    case 'owned-by-manager': {
      const shared = others.length > 0 ? `, shared with ${others.map(owner).join(' and ')}` : '';
      if (verb === 'added') return `owned by the file: ${applier} applies it first`;
      return `owned by the file: applied by ${applier}${verb === 'unchanged' ? shared : ''}`;
    }
    case 'unchanged':
      return 'owned by the file, which says what live has';
    case 'dropped-from-file':
      if (lastApplied === undefined) {
        return `dropped with all that is around it: last-applied had that and the file has not${others[0] ? `, though ${owner(others[0])} wrote this` : ''}`;
      }
      return verb === 'removed'
        ? 'dropped because last-applied had it and the file has not'
        : 'dropped because last-applied had it and the file has not; the server put its default there';
    case 'relinquished':
      if (verb === 'kept') return `given up by ${applier}; kept because ${ownersOf(others)} it too`;
      return verb === 'removed'
        ? `dropped because ${applier} applied it before, the file has it not, and nobody else owns it`
        : `dropped because ${applier} applied it before and the file has it not; the server put its default there`;
    case 'kept-other-writer':
      if (lastApplied !== undefined && record.mode === 'server-side') {
        return `given up by ${applier}; kept because ${ownersOf(others)} it too`;
      }
      return owners.length === 0
        ? 'kept because the file has never named it'
        : `kept because another writer owns it: ${owners.map(owner).join(' and ')}`;
    case 'merged-by-key':
      return `merged by key \`${field.mergeKey}\`: elements of others stay`;
    case 'ambiguous-merge-key':
      return `merged by key \`${field.mergeKey}\`, which elements share: one can take the other's place`;
    case 'merged-as-set':
      return 'merged value by value: those of others stay';
    case 'replaced-atomic':
      return `replaced because the list is atomic: it is one value${last}`;
    case 'retain-keys':
      return 'cleared by retainKeys: what the file chose beside it excludes it';
    case 'directive':
      return 'removed by a directive in the patch';
    case 'conflict': {
      const whose = ownersOf(others);
      if (refused && !forced) return `conflict: ${whose} it; --force-conflicts would take it`;
      if (!forced)
        return `owned by the file, which had it by client-side apply too, as ${whose.replace(/ owns?$/, '')}`;
      return `taken by --force-conflicts: ${whose.replace(/ owns?$/, '')} owned it`;
    }
    case 'defaulted-by-server':
      return file === undefined ? 'defaulted by the server' : 'defaulted by the server, over what the file says';
    case 'set-by-server':
      return field.text === 'metadata.generation'
        ? 'counted by the server: the spec has changed'
        : verb === 'removed'
          ? 'not kept by the server under this name'
          : 'set by the server, in its own way of writing it';
    case 'set-by-admission':
      return `${verb === 'added' ? 'set' : verb} by the admission plugin ${field.admission}`;
    case 'remembered':
      return 'what the file holds, remembered by apply for the next time';
    case 'immutable':
      return 'immutable: the server lets nobody change it';
    case 'refused':
      return `refused by the server: ${field.refusal}`;
  }
}

function isApplier({ manager, operation }: ManagedFieldsEntry, { fieldManager, mode }: MergeRecord): boolean {
  return manager === fieldManager && operation === (mode === 'server-side' ? 'Apply' : 'Update');
}

function ownersOf(entries: readonly ManagedFieldsEntry[]): string {
  if (entries.length === 0) return 'somebody else owns';
  return `${entries.map(owner).join(' and ')} own${entries.length === 1 ? 's' : ''}`;
}

/** `"kubectl" (Update of scale, 2026-01-01T00:00:05Z)` */
export function owner({ manager, operation, subresource, time }: ManagedFieldsEntry): string {
  const how = subresource ? `${operation} of ${subresource}` : operation;
  return `${quoted(manager)} (${time ? `${how}, ${time}` : how})`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
