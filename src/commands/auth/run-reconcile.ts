/** Completes and runs `auth reconcile` (ReconcileOptions; component-helpers `auth/rbac/reconciliation`). */
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import { created, type Reconciled, reconciledBinding, reconciledRole } from '../../apimachinery/policy-reconciliation';
import { isReason } from '../../apimachinery/status';
import type { Client, ResourcePath } from '../../client/client';
import type { Printer } from '../../printers/printer';
import { findResources, requireFiles } from '../builder/builder';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { dryRunOf } from '../flag-sets';
import { printerFor } from '../print-objects';
import { typedObjects } from '../typed-objects';

const RBAC = 'rbac.authorization.k8s.io';
const RESOURCES: Readonly<Record<string, string>> = {
  Role: 'roles',
  ClusterRole: 'clusterroles',
  RoleBinding: 'rolebindings',
  ClusterRoleBinding: 'clusterrolebindings',
};
/** How often it is tried while others write the same object. */
const TRIES = 3;

export async function runReconcile(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const filenames = flags.strings('filename');
  const kustomize = flags.string('kustomize');
  requireFiles(filenames, kustomize);
  if (args.length > 0) throw new CommandError('no arguments are allowed');
  const dryRun = isDryRun(invocation);
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    flatten: true,
    local: true,
  });
  const printer = await printerFor(invocation, dryRun ? 'reconciled (dry run)' : 'reconciled', { sortKeys: false });
  const types = await typedObjects();
  const client = await invocation.client();
  await result.visit(async (info) => {
    const found = info.object as KubeObject;
    refuseOldVersions(found);
    const expected = types.read(found, info.source);
    const { group, kind } = gvkOf(expected);
    if (group !== RBAC || !Object.hasOwn(RESOURCES, kind)) return;
    const reconciliation = new Reconciliation(client, expected, types.read, {
      dryRun,
      removeExtra: flags.bool(kind.endsWith('Role') ? 'remove-extra-permissions' : 'remove-extra-subjects'),
    });
    tell(invocation, printer, await reconciliation.run());
    await invocation.checkpoint();
  });
}

function isDryRun(invocation: Invocation): boolean {
  let dryRun: ReturnType<typeof dryRunOf>;
  try {
    dryRun = dryRunOf(invocation);
  } catch (error) {
    throw new CommandError(`error accessing --dry-run flag for command reconcile: ${messageOf(error)}`);
  }
  if (dryRun === 'server') {
    throw new CommandError('--dry-run=server for command reconcile is not supported yet');
  }
  return dryRun === 'client';
}

function refuseOldVersions(object: KubeObject): void {
  const { group, version, kind } = gvkOf(object);
  if (group !== RBAC || !Object.hasOwn(RESOURCES, kind) || !['v1beta1', 'v1alpha1'].includes(version)) return;
  throw new CommandError(`only ${RBAC}/v1 is supported: not *${version}.${kind}`);
}

interface ReconcileOptions {
  dryRun: boolean;
  removeExtra: boolean;
}

/** One role or binding brought to what is expected (ReconcileRoleOptions, ReconcileRoleBindingOptions). */
class Reconciliation {
  private readonly path: ResourcePath;
  private readonly namespace: string;
  private readonly name: string;
  private readonly isRole: boolean;

  constructor(
    private readonly client: Client,
    private readonly expected: KubeObject,
    private readonly typed: (object: KubeObject) => KubeObject,
    private readonly options: ReconcileOptions,
  ) {
    const { kind, metadata } = expected;
    this.path = { group: RBAC, version: 'v1', resource: RESOURCES[kind] as string };
    this.namespace = kind.startsWith('Cluster') ? '' : (metadata.namespace ?? '');
    this.name = metadata.name ?? '';
    this.isRole = kind.endsWith('Role');
  }

  /** Tries again when somebody else has written it meanwhile. */
  async run(): Promise<Reconciled> {
    for (let left = TRIES; ; left--) {
      try {
        return await this.attempt(0);
      } catch (error) {
        if (!isReason(error, 'Conflict') || left <= 1) throw error;
      }
    }
  }

  /** Begins anew when the object comes or goes under its hands. */
  private async attempt(attempts: number): Promise<Reconciled> {
    if (attempts > (this.isRole ? 2 : 3)) throw new CommandError('exceeded maximum attempts');
    const existing = await this.existing();
    const reconciled = existing ? this.compare(existing) : created(this.expected);
    if (reconciled.protected || this.options.dryRun || reconciled.operation === 'none') return reconciled;
    try {
      if (reconciled.operation === 'recreate') await this.remove(existing as KubeObject);
      return { ...reconciled, object: this.typed(await this.write(reconciled)) };
    } catch (error) {
      const again = { create: 'AlreadyExists', recreate: 'AlreadyExists', update: 'NotFound' }[reconciled.operation];
      if (!isReason(error, again) && !(reconciled.operation === 'recreate' && isReason(error, 'Conflict'))) throw error;
      return this.attempt(attempts + 1);
    }
  }

  private async existing(): Promise<KubeObject | undefined> {
    try {
      return this.typed(await this.client.get(this.path, this.namespace, this.name));
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  private compare(existing: KubeObject): Reconciled {
    const compare = this.isRole ? reconciledRole : reconciledBinding;
    return compare(existing, this.expected, this.options.removeExtra);
  }

  private async write({ operation, object }: Reconciled): Promise<KubeObject> {
    if (operation === 'update') return this.client.update(this.path, object);
    if (!object.kind.startsWith('Cluster')) await this.ensureNamespace();
    return this.client.create(this.path, this.namespace, object);
  }

  /** Deletes this very object; that it is gone already is as good. */
  private async remove({ metadata }: KubeObject): Promise<void> {
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: metadata.uid ?? '' } };
    try {
      await this.client.delete(this.path, this.namespace, this.name, options);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  /** Makes the namespace where it can; who may not look or make it may have it all the same (tryEnsureNamespace). */
  private async ensureNamespace(): Promise<void> {
    const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
    const { namespace } = this;
    if (namespace === '') throw new CommandError('resource name may not be empty');
    try {
      await this.client.get(namespaces, '', namespace);
      return;
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Forbidden')) throw error;
    }
    try {
      const object = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: namespace } };
      await this.client.create(namespaces, '', object);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists') && !isReason(error, 'Forbidden')) throw error;
    }
  }
}

/** What became of it, and why, beside (printResults). */
function tell({ flags, streams }: Invocation, printer: Printer, reconciled: Reconciled): void {
  const { object, operation } = reconciled;
  streams.out(printer.print(object));
  if (operation === 'none') return;
  const caveat = reconciled.protected
    ? ', but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)'
    : '';
  streams.err(`\treconciliation required ${operation}${caveat}\n`);
  const list = (title: string, entries: readonly string[]) => {
    if (entries.length > 0) streams.err(`\t${title}:\n${entries.map((entry) => `\t\t${entry}\n`).join('')}`);
  };
  const subjects = (values: Reconciled['missingSubjects']) =>
    values.map(
      ({ kind = '', apiGroup = '', name = '', namespace = '' }) =>
        `{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`,
    );
  list('missing subjects added', subjects(reconciled.missingSubjects));
  if (flags.bool('remove-extra-subjects')) list('extra subjects removed', subjects(reconciled.extraSubjects));
  list('missing rules added', reconciled.missingRules.map(ruleText));
  if (flags.bool('remove-extra-permissions')) list('extra rules removed', reconciled.extraRules.map(ruleText));
}

function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Reconciled['missingRules'][number]) {
  const text = (values: readonly string[] = []) => `[${values.join(' ')}]`;
  return `{Verbs:${text(verbs)} APIGroups:${text(apiGroups)} Resources:${text(resources)} ResourceNames:${text(resourceNames)} NonResourceURLs:${text(nonResourceURLs)}}`;
}
