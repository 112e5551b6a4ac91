/** Groups of which every cluster has objects that are made when somebody first asks for any (ServerCore.awaitBootstrapObjects). */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const FLOWCONTROL_GROUP = 'flowcontrol.apiserver.k8s.io';
