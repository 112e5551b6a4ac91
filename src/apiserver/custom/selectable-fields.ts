/** What custom objects can be selected by (apiextensions-apiserver `pkg/registry/customresource/strategy.go`, selectableFields). */
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { formatResult, JsonPath } from '../../printers/jsonpath/evaluate';
import type { ResourceView } from '../resource';

/** `.spec.engine` → the selector `spec.engine`; what an object does not have is ''. */
export function customSelectableFields(
  declared: readonly { jsonPath: string }[] | undefined,
): NonNullable<ResourceView['selectableFields']> {
  const fields: Record<string, (object: KubeObject) => string> = {};
  for (const { jsonPath } of declared ?? []) {
    const path = new JsonPath(`{${jsonPath}}`, { allowMissingKeys: true });
    fields[jsonPath.replace(/^\./, '')] = (object) => {
      const value = path.findResults(asJson(object))[0]?.[0];
      return value === undefined || value === null ? '' : formatResult(value);
    };
  }
  return fields;
}
