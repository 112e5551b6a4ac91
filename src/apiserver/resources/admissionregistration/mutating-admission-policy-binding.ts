/** Where mutating policies hold. */
import { policyBindingDefinition } from './policies';

export default policyBindingDefinition('mutatingadmissionpolicybindings', false);
