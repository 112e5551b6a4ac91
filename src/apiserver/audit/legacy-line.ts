/** An audit event as a line of text, with a part of what it says: --audit-log-format=legacy (apiserver `pkg/audit/format.go` EventString). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { goQuote } from '../../printers/go-format';

export function legacyLine(event: JsonObject): string {
  const { user, impersonatedUser, objectRef, responseStatus, sourceIPs } = event;
  const name = textOf(user, 'username');
  const fields: [string, string][] = [
    ['id', String(event['auditID'])],
    ['stage', String(event['stage'])],
    ['ip', Array.isArray(sourceIPs) && sourceIPs.length > 0 ? String(sourceIPs[0]) : '<unknown>'],
    ['method', String(event['verb'])],
    ['user', name || '<none>'],
    ['groups', (name && groupsOf(user)) || '<none>'],
    ['as', isObject(impersonatedUser) ? textOf(impersonatedUser, 'username') : '<self>'],
    ['asgroups', groupsOf(impersonatedUser) ?? '<lookup>'],
    ['user-agent', String(event['userAgent'] ?? '')],
    ['namespace', textOf(objectRef, 'namespace') || '<none>'],
    ['uri', String(event['requestURI'])],
  ];
  const response = isObject(responseStatus) ? String(responseStatus['code']) : '<deferred>';
  const told = fields.map(([field, value]) => `${field}=${goQuote(value)}`).join(' ');
  return `${nanoseconds(String(event['requestReceivedTimestamp']))} AUDIT: ${told} response="${response}"`;
}

function textOf(value: Json | undefined, field: string): string {
  return isObject(value) && typeof value[field] === 'string' ? value[field] : '';
}

/** auditStringSlice */
function groupsOf(user: Json | undefined): string | undefined {
  const groups = isObject(user) ? user['groups'] : undefined;
  return Array.isArray(groups) ? groups.map((group) => goQuote(String(group))).join(',') : undefined;
}

/** As time.RFC3339Nano has it: without noughts at its end. */
function nanoseconds(time: string): string {
  return time.replace(/\.?0*Z$/, 'Z');
}
