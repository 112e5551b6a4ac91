/** Namespace, ResourceQuota and LimitRange described (kubectl describe.go describeNamespace, describeQuota, describeLimitRange). */
import { quantityOf, toQuantity } from '../../apimachinery/quantity';
import { quantityText, rfc1123, sortedBy, sortedKeys } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described } from './writer';

const LIMIT_TITLES = 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n';
const LIMIT_RULES = '----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n';

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

/** Undefined quotas or limit ranges: the server has no such resource. */
export interface NamespaceRelated {
  quotas: readonly Described[] | undefined;
  limitRanges: readonly Described[] | undefined;
}

export function describeNamespace(namespace: Described, { quotas, limitRanges }: NamespaceRelated): string {
  const { metadata, status = {} } = namespace;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writeLabelsAndAnnotations(writer, namespace);
    writer.field(0, 'Status', status.phase ?? '');
    const conditions: readonly Described[] = status.conditions ?? [];
    if (conditions.length > 0) writer.write(0, 'Conditions:\n');
    writeTransitions(writer, conditions);
    if (quotas) {
      writer.write(0, '\n');
      writeQuotas(writer, quotas);
    }
    if (!limitRanges) return;
    writer.write(0, '\n');
    if (limitRanges.length === 0) {
      writer.write(0, 'No LimitRange resource.\n');
      return;
    }
    writer.write(0, `Resource Limits\n ${LIMIT_TITLES}`);
    writer.write(0, ` ${LIMIT_RULES}`);
    for (const { spec = {} } of limitRanges) writeLimits(writer, spec, ' ');
  });
}

/** Conditions with the time of their last change. */
export function writeTransitions(writer: DescriptionWriter, conditions: readonly Described[]): void {
  if (conditions.length === 0) return;
  writer.write(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage\n');
  writer.write(1, '----\t------\t------------------\t------\t-------\n');
  for (const { type, status, lastTransitionTime, reason = '', message = '' } of conditions)
    writer.write(1, `${type}\t${status}\t${rfc1123(lastTransitionTime)}\t${reason}\t${message}\n`);
}

function writeQuotas(writer: DescriptionWriter, quotas: readonly Described[]): void {
  if (quotas.length === 0) {
    writer.write(0, 'No resource quota.\n');
    return;
  }
  writer.write(0, 'Resource Quotas\n');
  for (const { metadata, spec = {}, status = {} } of sortedBy(quotas, (quota) => quota.metadata.name)) {
    writer.field(1, 'Name', metadata.name);
    writeScopes(writer, spec.scopes, 1, '* ');
    writer.write(1, 'Resource\tUsed\tHard\n');
    writer.write(1, '--------\t---\t---\n');
    for (const name of sortedKeys(status.hard))
      writer.write(1, `${name}\t${quantityText(status.used?.[name])}\t${quantityText(status.hard[name])}\n`);
  }
}

function writeScopes(writer: DescriptionWriter, given: readonly string[] = [], level: number, mark: string): void {
  const scopes = [...given].sort();
  if (scopes.length === 0) return;
  writer.field(level, 'Scopes', scopes.join(', '));
  for (const scope of scopes) {
    const help = Object.hasOwn(SCOPES, scope) ? SCOPES[scope] : '';
    if (help) writer.write(level, `${mark}${help}\n`);
  }
}

export function describeResourceQuota(quota: Described): string {
  const { spec = {}, status = {} } = quota;
  return described((writer) => {
    writeName(writer, quota);
    writeScopes(writer, spec.scopes, 0, ' * ');
    writer.write(0, 'Resource\tUsed\tHard\n');
    writer.write(0, '--------\t----\t----\n');
    for (const name of sortedKeys(status.hard)) {
      const hard = toQuantity(status.hard[name]);
      const used = toQuantity(status.used?.[name]);
      const shown = hard.format === used.format ? used : quantityOf(used.scaled(0), hard.format);
      writer.write(0, `${name}\t${shown}\t${hard}\n`);
    }
  });
}

export function describeLimitRange(limitRange: Described): string {
  return described((writer) => {
    writeName(writer, limitRange);
    writer.write(0, LIMIT_TITLES);
    writer.write(0, LIMIT_RULES);
    writeLimits(writer, limitRange.spec ?? {}, '');
  });
}

/** Resources sorted; upstream takes them as its maps give them. */
function writeLimits(writer: DescriptionWriter, { limits }: Described, prefix: string): void {
  for (const item of (limits ?? []) as readonly Described[]) {
    const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    const names = new Set(lists.flatMap((list) => Object.keys(list ?? {})));
    for (const name of [...names].sort()) {
      const cells = lists.map((list) => (list?.[name] === undefined ? '-' : quantityText(list[name])));
      writer.write(0, `${prefix}${[item.type, name, ...cells].join('\t')}\n`);
    }
  }
}
