/**
 * Requests and limits that environment variables and files show (kubernetes `pkg/kubelet/kubelet_pods.go` containerResourceRuntimeValue,
 * `kubelet_resources.go` defaultPodLimitsForDownwardAPI).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { toQuantity } from '../../../apimachinery/quantity';
import {
  type ResourceFieldSelector,
  resourceFieldParts,
  resourceFieldText,
} from '../../../apimachinery/resource-field';
import type { Container } from '../container';
import type { ReadData } from './mounted-files';
import type { Value } from './program';

/** Of these a container without a limit may use what its pod may, or else all that its node has to give. */
const LIMITED: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** `own`: the container whose variable it is; a file names one. Without `readData` what hangs on the node is foreign, and empty. */
export function resourceField(
  pod: KubeObject,
  own: Container | undefined,
  selector: ResourceFieldSelector,
  readData: ReadData | undefined,
): Value {
  const { containerName = '' } = selector;
  const { containers = [], initContainers = [] } = pod['spec'] as Record<string, Container[] | undefined>;
  const named =
    containerName === '' ? own : [...containers, ...initContainers].find(({ name }) => name === containerName);
  const { list, name } = resourceFieldParts(selector);
  const isLimited = named !== undefined && (named === own || containers.includes(named));
  if (list === 'requests' || !isLimited || !LIMITED.has(name) || isSet(named.resources?.limits?.[name]))
    return { text: resourceFieldText(selector, named?.resources), foreign: false };
  const ofPod = pod['spec'].resources?.limits?.[name];
  if (isSet(ofPod)) return { text: resourceFieldText(selector, { limits: { [name]: ofPod } }), foreign: false };
  const allocatable = readData?.('nodes', pod['spec'].nodeName ?? '');
  return { text: allocatable ? resourceFieldText(selector, { limits: allocatable }) : '', foreign: true };
}

function isSet(amount: string | undefined): boolean {
  return amount !== undefined && !toQuantity(amount).isZero();
}
