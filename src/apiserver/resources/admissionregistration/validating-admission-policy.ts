/** Policies that may refuse a request. */
import { policyDefinition } from './policies';

export default policyDefinition('validatingadmissionpolicies', 'validations');
