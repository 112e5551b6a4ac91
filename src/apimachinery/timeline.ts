/** The timeline of a cluster, as `GET /kubetick/timeline` tells it: numbers over simulated time. */

/** What a line counts in. `cores` and `bytes` come in those units; `percent` is of what is requested. */
export type TimelineUnit = 'pods' | 'nodes' | 'jobs' | 'percent' | 'cores' | 'bytes' | 'number';

/** One line. */
export interface TimelineSeries {
  /** `deployments.apps`, `nodes`, `loads.kubetick.dev` … */
  resource: string;
  /** '' for what lies in no namespace. */
  namespace: string;
  /** Of the object; of a node group for nodes ('' for nodes of none); '' for the pods of the whole cluster. */
  name: string;
  /** What of it: `desired`, `ready`, `use of cpu`. */
  line: string;
  unit: TimelineUnit;
  /** What it is to be, where that is told: of an autoscaler's metric. */
  target?: number;
  /** Whose load it is, or what it scales: `deployment/web`. */
  of?: string;
  /** Milliseconds and the value from then on; null from when there is none. Sorted, no two alike in a row. */
  points: [at: number, value: number | null][];
}

export interface Timeline {
  from: number;
  to: number;
  /** When the record begins; absent where there is none yet. */
  begins?: number;
  series: TimelineSeries[];
}
