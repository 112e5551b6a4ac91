/** Quantities as they are stored: rounded up to thousandths (SetDefaults_ResourceList) and in canonical form. */
import type { Json } from '../../../apimachinery/json';
import { setKey } from '../../../apimachinery/json';
import { QuantityError, toQuantity } from '../../../apimachinery/quantity';
import type { Quantities, ResourceRequirements } from '../../validation/core-types';

/** Rewrites each amount of a list in place. */
export function defaultResourceList(list: Quantities | undefined): void {
  for (const name in list) {
    const value = list[name] as Json;
    const canonical = canonicalQuantity(value);
    if (canonical !== value) setKey(list, name, canonical);
  }
}

/** Of requests and limits both; an empty list goes, as it does on the way through upstream's types. */
export function defaultResourceRequirements(requirements: ResourceRequirements | undefined): void {
  if (!requirements) return;
  defaultResourceList(requirements.limits);
  defaultResourceList(requirements.requests);
}

/** A quantity's canonical text, at most thousandths; what can't be read stays as it is. */
export function canonicalQuantity(value: Json): Json {
  try {
    return toQuantity(value).roundUp(-3).toString();
  } catch (error) {
    if (error instanceof QuantityError) return value;
    throw error;
  }
}
