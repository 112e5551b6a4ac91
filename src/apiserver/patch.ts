/** PATCH (apiserver `endpoints/handlers/patch.go`). */
import { apiError } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import type { RequestContext } from './request-context';

export async function handlePatch(_context: RequestContext): Promise<ApiResponse> {
  throw apiError(415, 'UnsupportedMediaType', 'to come');
}
