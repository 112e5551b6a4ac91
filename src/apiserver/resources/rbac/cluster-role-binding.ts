/** Bindings of roles in the whole cluster. */
import { bindingDefinition } from './bindings';

export default bindingDefinition('clusterrolebindings', 'clusterRoleBinding', ['ClusterRole']);
