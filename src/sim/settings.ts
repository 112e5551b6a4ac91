/** The simulation's settings: of a cluster's record, or these. */
import type { Settings } from './controller';

export const DEFAULT_SETTINGS: Settings = Object.freeze({
  imagePull: 2000,
  containerStart: 1000,
  clusterCIDR: '10.244.0.0/16',
  nodeCIDRMaskSize: 24,
  serviceCIDR: '10.96.0.0/12',
  serviceNodePortRange: '30000-32767',
  clusterDomain: 'cluster.local',
  loadBalancerRange: '172.18.255.0/24',
  rootCertificate: '',
});
