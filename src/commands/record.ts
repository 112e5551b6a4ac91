/** --record: the command that changed an object, in an annotation of it (genericclioptions.RecordFlags). */
import type { KubeObject } from '../apimachinery/meta';
import type { Invocation } from './command';

export const CHANGE_CAUSE = 'kubernetes.io/change-cause';

/** A copy that says in its annotation what was run, where --record asks for that; else the object itself. */
export function recorded(invocation: Invocation, object: KubeObject): KubeObject {
  if (!invocation.flags.bool('record')) return object;
  const annotations = { ...object.metadata.annotations, [CHANGE_CAUSE]: changeCause(invocation) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** `kubectl set image deployment/web nginx=nginx:1.27 --record=true` (parseCommandArguments). */
function changeCause({ commandPath, args, flags }: Invocation): string {
  const given = flags.given().map(({ name, value }) => `--${name}=${value}`);
  return [commandPath, ...args, ...given].join(' ');
}
