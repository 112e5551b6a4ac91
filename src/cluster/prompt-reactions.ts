/**
 * Reactions that take no simulated time, because in a real cluster nobody can look before they are done: the bookkeeping of a
 * Deployment's revision, what a new quota has used already, the renewal of the leases and the checkpoints that somebody reads and of the
 * autoscaler's status, the signing of requests for certificates that somebody approves, and what the API server does itself about definitions
 * of custom kinds. Controllers reach the API server directly and don't pass here.
 */
import { asObject } from '../apimachinery/meta';
import { formatTime } from '../apimachinery/time';
import { Client } from '../client/client';
import type { ApiRequest, ApiResponse, Transport } from '../client/transport';
import type { Clock } from '../sim/clock';
import type { ControlPlaneKeys } from '../sim/control-plane-keys';

const DEFINITION = /^\/apis\/apiextensions\.k8s\.io\/v1\/customresourcedefinitions(\/|$)/;
const DEPLOYMENT = /^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments(\/[^/]+)?$/;
const APPROVAL = /^\/apis\/certificates\.k8s\.io\/v1\/certificatesigningrequests\/[^/]+\/approval$/;
const QUOTA = /^\/api\/v1\/namespaces\/[^/]+\/resourcequotas(\/[^/]+)?$/;

const AUTOSCALER_STATUS = /^\/api\/v1\/namespaces\/kube-system\/configmaps\/(cluster-autoscaler-status)$/;
const CHECKPOINT =
  /^\/apis\/autoscaling\.k8s\.io\/v1\/(?:namespaces\/([^/]+)\/)?verticalpodautoscalercheckpoints(?:\/([^/]+))?$/;
const NODE_LEASE = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/kube-node-lease\/leases(?:\/([^/]+))?$/;

/** The same transport, whose writes are followed by the reactions to them. */
export function withPromptReactions(
  server: Transport,
  clock: Clock,
  authority: ControlPlaneKeys['authority'],
): Transport {
  const apiServer = new Client(server, { user: 'system:apiserver', userAgent: 'kube-apiserver' });
  const client = new Client(server, {
    user: 'system:serviceaccount:kube-system:deployment-controller',
    userAgent: 'kube-controller-manager',
  });
  const quotas = new Client(server, {
    user: 'system:serviceaccount:kube-system:resourcequota-controller',
    userAgent: 'kube-controller-manager',
  });
  return {
    async send(request) {
      const lease = request.method === 'GET' ? NODE_LEASE.exec(request.path) : null;
      if (lease) {
        const { renewLeases } = await import('./renew-leases');
        await renewLeases(server, clock, lease[1]);
      }
      const status = request.method === 'GET' ? AUTOSCALER_STATUS.exec(request.path) : null;
      if (status) {
        const { renewAutoscalerStatus } = await import('./renew-autoscaler-status');
        await renewAutoscalerStatus(server, clock, status[1] as string);
      }
      const checkpoint = request.method === 'GET' ? CHECKPOINT.exec(request.path) : null;
      if (checkpoint) {
        const { renewCheckpoints } = await import('./renew-checkpoints');
        await renewCheckpoints(server, clock, checkpoint[1], checkpoint[2]);
      }
      const response = await server.send(request);
      if (isWrite(request, response) && DEFINITION.test(request.path)) {
        const { settleDefinitions } = await import('../sim/controllers/customresourcedefinition/settle');
        await settleDefinitions(apiServer, () => formatTime(clock.now()));
      } else if (request.method !== 'DELETE' && isWrite(request, response) && DEPLOYMENT.test(request.path)) {
        const { noteRevision } = await import('../sim/controllers/deployment/bookkeeping');
        await noteRevision(asObject(response.body), client);
      } else if (request.method !== 'DELETE' && isWrite(request, response) && QUOTA.test(request.path)) {
        const { countAtOnce } = await import('../sim/controllers/resourcequota/prompt');
        await countAtOnce(asObject(response.body), quotas, clock.now());
      }
      if (request.method !== 'DELETE' && isWrite(request, response) && APPROVAL.test(request.path)) {
        const { CERTIFICATE_CONTROLLER: user, signIfApproved } = await import('../sim/controllers/certificates/sign');
        const signer = new Client(server, { user, userAgent: 'kube-controller-manager' });
        await signIfApproved(asObject(response.body), {
          client: signer,
          now: clock.now(),
          authority,
          leaveFailures: true,
        });
      }
      return response;
    },
    flush: () => server.flush(),
    close: () => server.close(),
  };
}

function isWrite({ method, query }: ApiRequest, { code }: ApiResponse): boolean {
  return method !== 'GET' && code < 300 && query?.['dryRun'] === undefined;
}
