/** Flags that subcommands of set share, in kubectl's words. */
import type { Flag } from '../command';

export const allFlag: Flag = {
  name: 'all',
  type: 'bool',
  usage: 'Select all resources, in the namespace of the specified resource types',
};

export const localFlag = (subcommand: string): Flag => ({
  name: 'local',
  type: 'bool',
  usage: `If true, set ${subcommand} will NOT contact api-server but run locally.`,
});

export const getFromServer = 'Filename, directory, or URL to files identifying the resource to get from a server.';

/** Kinds that have a pod template, as the help lists them. */
export const TEMPLATED_KINDS =
  'pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)';
