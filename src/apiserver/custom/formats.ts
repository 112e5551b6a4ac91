/** Which formats count, for which types (apiextensions-apiserver `pkg/apiserver/validation/formats.go`). */
import { formatCheck } from '../../apimachinery/string-formats';
import type { JsonSchema } from '../../schema/json-schema';

/** The schema's format if it is one for its type, else undefined. */
export function supportedFormat({ format, type, ...schema }: JsonSchema): string | undefined {
  if (!format) return undefined;
  switch (schema['x-kubernetes-int-or-string'] ? undefined : type) {
    case undefined:
    case '':
    case 'string':
      return formatCheck(format) ? format : undefined;
    case 'integer':
      return format === 'int32' || format === 'int64' ? format : undefined;
    case 'number':
      return format === 'float' || format === 'double' ? format : undefined;
    default:
      return undefined;
  }
}
