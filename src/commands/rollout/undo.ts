/** `rollout undo` (kubectl pkg/cmd/rollout/rollout_undo.go, polymorphichelpers/rollback.go). */
import { type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { type Info, whereOf } from '../builder/info';
import { type Command, CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { type DryRun, dryRunFlag, dryRunOf, printFlags, withDryRun } from '../flag-sets';
import { printerFor } from '../print-objects';
import { findRollouts, isWorkload, targetFlags } from './find';
import { type Revision, revisionsOf, revisionToUndo, sameTemplate, withoutHash } from './revisions';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations of a Deployment that a rollback leaves as they are (annotationsToSkip). */
const KEPT_ANNOTATIONS = [
  LAST_APPLIED,
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

const command: Command = {
  use: 'undo (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  completion: { offer: 'types-and-names', types: ['deployment', 'daemonset', 'statefulset'] },
  long: 'Go back to the revision before, or to the one that --to-revision names.',
  examples: `# Back to the revision before
kubectl rollout undo deployment/web

# Back to revision 3 of a daemon set
kubectl rollout undo daemonset/log --to-revision=3

# Show what the revision before looks like, and change nothing
kubectl rollout undo --dry-run=client deployment/web`,
  flags: [
    ...printFlags(),
    dryRunFlag,
    ...targetFlags,
    {
      name: 'to-revision',
      type: 'int',
      default: 0,
      usage: 'The revision to rollback to. Default to 0 (last revision).',
    },
  ],
  async run(invocation) {
    const dryRun = dryRunOf(invocation);
    const result = await findRollouts(invocation);
    await result.visit(async (info) => {
      const object = info.object as KubeObject;
      if (object.metadata.annotations?.[LAST_APPLIED] !== undefined) {
        invocation.streams.err(
          `Warning: resource ${info.objectName} was previously managed with '${invocation.program} apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future '${invocation.program} apply' operations. Consider using '${invocation.program} apply' with your previous configuration file instead.\n`,
        );
      }
      const said = await undo(invocation, info, dryRun);
      const printer = await printerFor(invocation, withDryRun(said, dryRun));
      invocation.streams.out(printer.print(object));
      await invocation.checkpoint();
    });
  },
};

export default command;

/** Rolls back; what is said of it. */
async function undo(invocation: Invocation, info: Info, dryRun: DryRun): Promise<string> {
  const { client } = info.reachable();
  const object = info.object as KubeObject;
  const wanted = invocation.flags.int('to-revision');
  if (wanted < 0) throw new CommandError(`unable to find specified revision ${wanted} in history`);
  if (!isWorkload(object, 'Deployment', 'DaemonSet', 'StatefulSet')) {
    const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
    throw new CommandError(`no rollbacker has been implemented for "${object.kind}${group}"`);
  }
  const revision = revisionToUndo(object, await revisionsOf(object, client), wanted);
  if (dryRun === 'client') {
    const { podTemplateText } = await import('../../printers/describe/pod-template');
    return podTemplateText(revision.template);
  }
  if (object['spec'].paused) {
    throw new CommandError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  if (sameTemplate(revision.template, object['spec'].template))
    return `skipped rollback (current template already matches revision ${wanted})`;
  try {
    await restore(info, object, revision, dryRun);
  } catch (error) {
    throw new CommandError(`failed restoring revision ${wanted}: ${messageOf(error)}`);
  }
  return 'rolled back';
}

/** A Deployment's template and annotations are put back by a JSON patch; the others' records are strategic patches themselves. */
async function restore(info: Info, object: KubeObject, revision: Revision, dryRun: DryRun): Promise<void> {
  const { client, mapping, namespace, name } = info.reachable();
  const query = dryRun === 'server' ? { dryRun: 'All' } : {};
  if (revision.record) {
    const patch = (revision.record['data'] ?? {}) as JsonObject;
    await client.patch(whereOf(mapping), namespace, name, 'strategic', patch, query);
    return;
  }
  const annotations: Record<string, string> = {};
  for (const key of KEPT_ANNOTATIONS) {
    const value = object.metadata.annotations?.[key];
    if (value !== undefined) annotations[key] = value;
  }
  for (const [key, value] of Object.entries(revision.annotations))
    if (!KEPT_ANNOTATIONS.includes(key)) annotations[key] = value;
  const operations: Json = [
    { op: 'replace', path: '/spec/template', value: asJson(withoutHash(revision.template)) },
    { op: 'replace', path: '/metadata/annotations', value: jsonOf(annotations) },
  ];
  await client.patch(whereOf(mapping), namespace, name, 'json', operations, query);
}
