/** The annotation in which apply remembers what the file held (kubectl/pkg/util/apply.go). */
import { stringifyGo } from '../apimachinery/json-text';
import { asJson, type KubeObject } from '../apimachinery/meta';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What the annotation holds, or undefined without one (GetOriginalConfiguration). */
export function lastAppliedText(object: KubeObject | undefined): string | undefined {
  const annotations = object?.metadata?.annotations;
  return annotations && Object.hasOwn(annotations, LAST_APPLIED) ? annotations[LAST_APPLIED] : undefined;
}

/** A copy of an object of a file that carries its own text in the annotation (CreateApplyAnnotation). */
export function withLastApplied(object: KubeObject, encode: (object: KubeObject) => string = encodeObject): KubeObject {
  const text = encode(withAnnotation(object, undefined));
  return withAnnotation(object, text);
}

/** A copy without the annotation. */
export function withoutLastApplied(object: KubeObject): KubeObject {
  return withAnnotation(object, undefined);
}

/** The annotation is made when it is asked for, and kept up to date where there is one (CreateOrUpdateAnnotation). */
export function saveConfig(
  create: boolean,
  object: KubeObject,
  encode: (object: KubeObject) => string = encodeObject,
): KubeObject {
  return create || lastAppliedText(object) ? withLastApplied(object, encode) : object;
}

/** JSON with sorted keys and a newline, as client-go's encoder of unstructured objects writes it. */
export function encodeObject(object: KubeObject): string {
  return `${stringifyGo(asJson(object))}\n`;
}

function withAnnotation(object: KubeObject, text: string | undefined): KubeObject {
  const annotations = { ...object.metadata?.annotations };
  if (text === undefined) delete annotations[LAST_APPLIED];
  else annotations[LAST_APPLIED] = text;
  return { ...object, metadata: { ...object.metadata, annotations } };
}
