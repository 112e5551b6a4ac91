/** VerticalPodAutoscalers are given their default and judged (autoscaler `pkg/admission-controller/resource/vpa`). */
import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidObject,
  notSupported,
  required,
  tooMany,
} from '../../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { type Quantity, toQuantity } from '../../../apimachinery/quantity';
import { ApiError } from '../../../apimachinery/status';
import { UPDATE_MODES } from '../../../apimachinery/vertical-scaling/autoscaler';
import type { AdmissionAttributes } from '../plugin';
import { flagsNow } from './flags-now';

const WEBHOOK = 'vpa.k8s.io';
const RESOURCES = ['cpu', 'memory'];
/** PerVPAConfig: fields that need it, of the update policy and of a container's. */
const UPDATE_CONFIG = 'evictAfterOOMSeconds';
const CONTAINER_CONFIG = [
  'oomBumpUpRatio',
  'oomMinBumpUp',
  'memoryAggregationIntervalSeconds',
  'memoryAggregationIntervalCount',
];

/** @throws ApiError Invalid */
export async function admitAutoscaler(attributes: AdmissionAttributes): Promise<void> {
  const { core, object, oldObject, resource, namespace, name, warn } = attributes;
  const spec = (object as KubeObject)['spec'];
  if (!isObject(spec)) return;
  const { ignoredNamespaces, gates } = await flagsNow(core);
  // Upstream registers the webhook for all other namespaces, whatever --vpa-object-namespace says.
  if (ignoredNamespaces.includes(namespace)) return;
  const judge = new Judge(objectAt(oldObject?.['spec']), gates.includes('PerVPAConfig'));
  judge.spec(spec);
  for (const warning of judge.warnings) warn(warning);
  if (judge.errors.length > 0) {
    const { status } = invalidObject(resource.groupKind, name, judge.errors);
    throw new ApiError({
      ...status,
      message: `admission webhook ${JSON.stringify(WEBHOOK)} denied the request: ${status.message}`,
    });
  }
  spec['updatePolicy'] ??= { updateMode: 'Recreate' };
}

/** What of another type than it should be is left to the schema. */
function objectAt(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listAt(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

class Judge {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  private readonly old: { policies: JsonObject[]; updatePolicy: JsonObject; spec: JsonObject };

  constructor(
    spec: JsonObject,
    private readonly perVpa: boolean,
  ) {
    this.old = {
      spec,
      policies: policiesOf(spec),
      updatePolicy: objectAt(spec['updatePolicy']),
    };
  }

  spec(spec: JsonObject): void {
    const { updatePolicy, startupBoost, recommenders } = spec;
    if (isObject(updatePolicy)) this.updatePolicy(updatePolicy);
    for (const [i, policy] of policiesOf(spec).entries())
      this.containerPolicy(policy, `spec.resourcePolicy.containerPolicies[${i}]`);
    if (isObject(startupBoost)) this.startupBoost('spec.startupBoost');
    const count = listAt(recommenders).length;
    if (count > 1) this.errors.push(tooMany('spec.recommenders', count, 1));
  }

  /** validateVPASpecUpdatePolicy */
  private updatePolicy(policy: JsonObject): void {
    const field = 'spec.updatePolicy';
    const { updateMode: mode, minReplicas } = policy;
    if (mode === undefined || mode === null)
      this.errors.push(required(`${field}.updateMode`, 'updateMode is required if UpdatePolicy is used'));
    else {
      if (mode !== 'Auto' && !(UPDATE_MODES as readonly Json[]).includes(mode))
        this.errors.push(notSupported(`${field}.updateMode`, mode, UPDATE_MODES));
      if (mode === 'Auto')
        this.warnings.push(
          `${field}: "Auto" mode is deprecated and will be removed in a future API version. Use explicit update modes like: [${UPDATE_MODES.join(' ')}]. See https://github.com/kubernetes/autoscaler/issues/8424 for more details.`,
        );
      if (mode === 'InPlace' && this.old.updatePolicy['updateMode'] !== 'InPlace')
        this.errors.push(
          forbiddenField(
            `${field}.updateMode`,
            'in order to use UpdateMode InPlace, you must enable feature gate InPlace in the admission-controller args',
          ),
        );
    }
    if (typeof minReplicas === 'number' && minReplicas <= 0)
      this.errors.push(invalid(`${field}.minReplicas`, minReplicas, 'minReplicas has to be positive'));
    const seconds = policy[UPDATE_CONFIG];
    if (seconds !== undefined && seconds !== null) this.perVpaConfig(`${field}.${UPDATE_CONFIG}`);
  }

  /** validateVPASpecResourcePolicy */
  private containerPolicy(policy: JsonObject, field: string): void {
    const { containerName, mode, controlledValues } = policy;
    if (!containerName) this.errors.push(required(`${field}.containerName`));
    if (mode !== undefined && mode !== 'Auto' && mode !== 'Off')
      this.errors.push(notSupported(`${field}.mode`, mode, ['Auto', 'Off']));
    const [least, most] = [amountsAt(policy['minAllowed']), amountsAt(policy['maxAllowed'])];
    for (const [resource, min] of least) {
      this.resolution(`${field}.minAllowed[${resource}]`, resource, min);
      const max = most.get(resource);
      if (max && max.cmp(min) < 0)
        this.errors.push(
          invalid(
            `${field}.maxAllowed[${resource}]`,
            max.toString(),
            `max resource for ${resource} is lower than min of "${min}"`,
          ),
        );
    }
    for (const [resource, max] of most) this.resolution(`${field}.maxAllowed[${resource}]`, resource, max);
    if (mode === 'Off' && controlledValues === 'RequestsAndLimits')
      this.errors.push(
        forbiddenField(
          `${field}.controlledValues`,
          "controlledValues shouldn't be specified if container scaling mode is off",
        ),
      );
    listAt(policy['controlledResources']).forEach((resource, i) => {
      this.controlledResource(resource, `${field}.controlledResources[${i}]`);
    });
    for (const name of CONTAINER_CONFIG)
      if (policy[name] !== undefined && policy[name] !== null) this.perVpaConfig(`${field}.${name}`, policy[name]);
    if (isObject(policy['startupBoost'])) this.startupBoost(`${field}.startupBoost`);
  }

  private controlledResource(resource: Json, field: string): void {
    if (RESOURCES.includes(String(resource))) return;
    const isOld = this.old.policies.some((policy) => listAt(policy['controlledResources']).includes(resource));
    if (!isOld) this.errors.push(notSupported(field, resource, RESOURCES));
    else
      this.warnings.push(
        `${field}: unsupported value ${JSON.stringify(resource)} is allowed only because it is present in the existing VPA object; supported values: "cpu", "memory"`,
      );
  }

  /** Who had some of it may go on. How little seconds and counts may be, the schema says. */
  private perVpaConfig(field: string, value?: Json): void {
    const { policies, updatePolicy } = this.old;
    const had =
      this.perVpa ||
      updatePolicy[UPDATE_CONFIG] !== undefined ||
      policies.some((policy) => CONTAINER_CONFIG.some((name) => policy[name] !== undefined));
    if (!had) this.errors.push(forbiddenField(field, 'not supported when feature flag PerVPAConfig is disabled'));
    else if (field.endsWith('.oomBumpUpRatio')) this.atLeast(field, value, 1, '1.0');
    else if (field.endsWith('.oomMinBumpUp')) this.atLeast(field, value, 0, '0');
  }

  private atLeast(field: string, value: Json | undefined, least: number, text: string): void {
    try {
      const amount = toQuantity(value).milliValue() / 1000;
      if (amount < least) this.errors.push(invalid(field, amount, `must be greater than or equal to ${text}`));
    } catch {
      // The schema says so.
    }
  }

  private startupBoost(field: string): void {
    const { policies, spec } = this.old;
    const had =
      objectAt(spec['startupBoost'])['cpu'] !== undefined ||
      policies.some(({ startupBoost }) => startupBoost !== undefined);
    if (!had)
      this.errors.push(
        forbiddenField(
          field,
          'in order to use startupBoost, you must enable feature gate CPUStartupBoost in the admission-controller args',
        ),
      );
  }

  /** validateResourceResolution */
  private resolution(field: string, resource: string, amount: Quantity): void {
    const [places, text] =
      resource === 'cpu' ? [-3, 'must be a whole number of milli CPUs'] : [0, 'must be a whole number of bytes'];
    if (!RESOURCES.includes(resource) || amount.roundUp(places).equals(amount)) return;
    this.errors.push(invalid(field, amount.toString(), text));
  }
}

function policiesOf(spec: JsonObject): JsonObject[] {
  return listAt(objectAt(spec['resourcePolicy'])['containerPolicies']).map(objectAt);
}

/** By name; what is no quantity is left to the schema. */
function amountsAt(value: Json | undefined): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [resource, amount] of Object.entries(objectAt(value)).sort(([a], [b]) => (a < b ? -1 : 1)))
    try {
      amounts.set(resource, toQuantity(amount));
    } catch {
      // The schema says so.
    }
  return amounts;
}
