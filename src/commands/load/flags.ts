/** Flags that name series of load. */
import type { Flag } from '../command';

const NONE = { offer: 'words', words: [] } as const;

export function usageFlags(usage: string): Flag[] {
  return [
    { name: 'cpu', type: 'string', usage: `The CPU of the pods. ${usage}`, completion: NONE },
    { name: 'memory', type: 'string', usage: `The memory of the pods. ${usage}`, completion: NONE },
  ];
}

export function metricFlags(form: string): Flag[] {
  const metric = (name: string, usage: string): Flag => ({
    name,
    type: 'stringArray',
    usage: `${usage} ${form}`,
    completion: NONE,
  });
  return [
    metric('metric', 'A custom metric of the pods.'),
    metric('object-metric', 'A custom metric of the object itself.'),
    metric('external-metric', 'An external metric of the namespace.'),
  ];
}
