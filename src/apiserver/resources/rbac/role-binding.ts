/** Bindings of roles in a namespace. */
import { bindingDefinition } from './bindings';

export default bindingDefinition('rolebindings', 'roleBinding', ['Role', 'ClusterRole']);
