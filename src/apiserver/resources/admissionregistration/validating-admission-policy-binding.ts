/** Where validating policies hold. */
import { policyBindingDefinition } from './policies';

export default policyBindingDefinition('validatingadmissionpolicybindings', true);
