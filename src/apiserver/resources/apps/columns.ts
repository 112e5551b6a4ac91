/** Cells that workloads share. */

import type { LabelSelectorObject } from '../../../apimachinery/labels';
import { selectorOf } from '../../../apimachinery/labels';

/** A deployment's selector, which prints as nothing when it is empty (printDeployment). */
export function selectorCell(selector: LabelSelectorObject | undefined): string {
  try {
    return selectorOf(selector).toString();
  } catch {
    return '<invalid>';
  }
}
