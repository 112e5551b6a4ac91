/** Bodies as values: JSON and YAML by their content type (apiserver `handlers/negotiation/errors.go`). */
import type { Json } from '../apimachinery/json';
import { apiError } from '../apimachinery/status';
import { parsedBody } from '../apiserver/request-body';

const ACCEPTED = ['application/json', 'application/yaml'];

/** @throws ApiError 400 for what can't be parsed, 415 for what is of another type. */
export async function decodeBody(text: string, contentType: string): Promise<Json> {
  const type = (contentType.split(';')[0] as string).trim().toLowerCase();
  // Whether a patch is one, and of which type, is the server's to say.
  if (type === 'application/apply-patch+yaml' || type.endsWith('-patch+cbor')) return text;
  if (type === '' || type.endsWith('json')) return parsedBody(text, false);
  if (type === 'application/yaml') return parsedBody(text, true);
  throw apiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED.join(', ')}`,
  );
}
