/** A CronJob as its controller sees it. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourcePath } from '../../../client/client';

export const CRON_JOBS: ResourcePath = { group: 'batch', version: 'v1', resource: 'cronjobs' };

export interface JobReference {
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string;
  resourceVersion?: string;
  uid: string;
}

export interface CronJobStatus {
  active?: JobReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy?: string;
    suspend?: boolean;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: object };
  };
  status: CronJobStatus;
}

/** Times of days with names, as events tell them (time.RFC1123Z): `Mon, 02 Jan 2006 15:04:05 +0000`. */
export function rfc1123(instant: number): string {
  return new Date(instant).toUTCString().replace(/GMT$/, '+0000');
}
