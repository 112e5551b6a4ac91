/** Bodies that come as text. In process a body is a value already, and costs nothing. */
import type { Json } from '../apimachinery/json';
import { badRequest } from '../apimachinery/status';

/** @throws ApiError 400 with Go's complaint about JSON (`invalid character 'b' looking for …`) or YAML. */
export async function parsedBody(body: Json | undefined, yaml: boolean): Promise<Json> {
  if (typeof body !== 'string') return body ?? null;
  if (yaml) {
    const { parseYaml } = await import('../yaml/read');
    try {
      return parseYaml(body);
    } catch (error) {
      throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : error}`);
    }
  }
  const { parseJson } = await import('../apimachinery/json-text');
  try {
    return parseJson(body);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
