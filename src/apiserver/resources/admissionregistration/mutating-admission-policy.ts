/** Policies that may change what a request writes. */
import { policyDefinition } from './policies';

export default policyDefinition('mutatingadmissionpolicies', 'mutations');
