/** What `/metrics` tells, in the text format of Prometheus; names, labels and buckets are upstream's (apiserver `endpoints/metrics/metrics.go`). */

type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): string[];
}

/** Values by labels. */
class Values implements Metric {
  private readonly values = new Map<string, number>();
  constructor(
    readonly name: string,
    readonly type: 'counter' | 'gauge',
    readonly help: string,
  ) {}

  add(labels: Labels, amount = 1): void {
    const key = labelText(labels);
    this.values.set(key, (this.values.get(key) ?? 0) + amount);
  }

  clear(): void {
    this.values.clear();
  }

  set(labels: Labels, value: number): void {
    this.values.set(labelText(labels), value);
  }

  lines(): string[] {
    return [...this.values].sort(byKey).map(([labels, value]) => `${this.name}${braced(labels)} ${value}`);
  }
}

class Histogram implements Metric {
  readonly type = 'histogram';
  private readonly series = new Map<string, { counts: number[]; sum: number; count: number }>();
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: readonly number[],
  ) {}

  observe(labels: Labels, value: number): void {
    const key = labelText(labels);
    let one = this.series.get(key);
    if (!one) {
      one = { counts: this.bounds.map(() => 0), sum: 0, count: 0 };
      this.series.set(key, one);
    }
    one.sum += value;
    one.count++;
    const at = this.bounds.findIndex((bound) => value <= bound);
    if (at >= 0) one.counts[at] = (one.counts[at] as number) + 1;
  }

  lines(): string[] {
    return [...this.series].sort(byKey).flatMap(([labels, { counts, sum, count }]) => {
      const before = labels === '' ? '' : `${labels},`;
      let seen = 0;
      const buckets = this.bounds.map((bound, i) => {
        seen += counts[i] as number;
        return `${this.name}_bucket{${before}le="${bound}"} ${seen}`;
      });
      return [
        ...buckets,
        `${this.name}_bucket{${before}le="+Inf"} ${count}`,
        `${this.name}_sum${braced(labels)} ${sum}`,
        `${this.name}_count${braced(labels)} ${count}`,
      ];
    });
  }
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function labelText(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escaped(labels[name] as string)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

const REQUEST_BOUNDS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5],
  ...[2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
];
const TICK_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class ServerMetrics {
  readonly requests = new Values(
    'apiserver_request_total',
    'counter',
    'Requests that were answered, by what they asked for and the code of the answer.',
  );
  readonly durations = new Histogram(
    'apiserver_request_duration_seconds',
    'Seconds from a request to its answer; watches, which have no end, are not among them.',
    REQUEST_BOUNDS,
  );
  readonly inFlight = new Values(
    'apiserver_current_inflight_requests',
    'gauge',
    'Requests that are being answered now.',
  );
  readonly longRunning = new Values('apiserver_longrunning_requests', 'gauge', 'Open watches.');
  readonly events = new Values('apiserver_watch_events_total', 'counter', 'Events that were told to watches.');
  readonly objects = new Values('apiserver_resource_objects', 'gauge', 'Objects there are, by resource.');
  readonly ticks = new Histogram(
    'kubetick_tick_duration_seconds',
    'How long runs of the simulated clock took, in real seconds.',
    TICK_BOUNDS,
  );
  readonly tickActions = new Values(
    'kubetick_tick_actions_total',
    'counter',
    'What controllers did, by controller and verb.',
  );
  readonly gauges = new Map<string, { help: string; type: 'gauge' | 'counter'; value: () => number }>();

  /** A value that is looked up when it is asked for. */
  gauge(name: string, help: string, value: () => number, type: 'gauge' | 'counter' = 'gauge'): void {
    this.gauges.set(name, { help, type, value });
  }

  text(): string {
    const metrics: Metric[] = [
      ...[
        this.requests,
        this.durations,
        this.inFlight,
        this.longRunning,
        this.events,
        this.objects,
        this.ticks,
        this.tickActions,
      ],
      ...[...this.gauges].map(([name, { help, type, value }]) => {
        const metric = new Values(name, type, help);
        metric.set({}, value());
        return metric;
      }),
    ];
    return metrics
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((metric) => ({ metric, lines: metric.lines() }))
      .filter(({ lines }) => lines.length > 0)
      .map(({ metric: { name, help, type }, lines }) =>
        [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n'),
      )
      .join('');
  }
}
