/**
 * Reactions that take no simulated time, because in a real cluster nobody can look before they are done. There is one: the
 * bookkeeping of a Deployment's revision. Controllers write to the API server directly and don't pass here.
 */
import { asObject } from '../apimachinery/meta';
import { Client } from '../client/client';
import type { ApiRequest, ApiResponse, Transport } from '../client/transport';

const DEPLOYMENT = /^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments(\/[^/]+)?$/;

/** The same transport, whose writes are followed by the reactions to them. */
export function withPromptReactions(server: Transport): Transport {
  const client = new Client(server, {
    user: 'system:serviceaccount:kube-system:deployment-controller',
    userAgent: 'kube-controller-manager',
  });
  return {
    async send(request) {
      const response = await server.send(request);
      if (isDeploymentWrite(request, response)) {
        const { noteRevision } = await import('../sim/controllers/deployment/bookkeeping');
        await noteRevision(asObject(response.body), client);
      }
      return response;
    },
    flush: () => server.flush(),
    close: () => server.close(),
  };
}

function isDeploymentWrite({ method, path, query }: ApiRequest, { code }: ApiResponse): boolean {
  if (method === 'GET' || method === 'DELETE' || code >= 300 || query?.['dryRun'] !== undefined) return false;
  return DEPLOYMENT.test(path);
}
