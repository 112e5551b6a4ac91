/** Which ingresses the simulated controller serves: those of its classes. */
import type { IngressClassView, IngressView } from './views';

export const INGRESS_CONTROLLER = 'kubetick.dev/ingress-controller';

export function isServed(ingress: IngressView, classes: readonly IngressClassView[]): boolean {
  const own = classes.filter(({ controller }) => controller === INGRESS_CONTROLLER);
  return own.some(({ name, isDefault }) => (ingress.className === undefined ? isDefault : name === ingress.className));
}
