/**
 * Tells whoever asks (`kubetick-explain: admission`) which admission plugin changed what, in a header of the answer. Clients of other
 * servers ask in vain, and do without.
 */
import { clone, type JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { CHANGES_HEADER } from '../../client/admission-headers';
import type { ApiResponse } from '../../client/transport';
import { explainPatch } from '../../merge/explain-merge';
import type { Schema } from '../../schema/schema';

/** Headers are short. */
const LONGEST = 8000;

/** The object as it was after each plugin that may have changed it. */
export class AdmissionSteps {
  private last: JsonObject | undefined;
  private readonly steps: { plugin: string; before: JsonObject; after: JsonObject }[] = [];

  /** Admission begins; what was seen before counts no more. */
  begin(object: KubeObject | undefined): ((plugin: string) => void) | undefined {
    if (!object) return undefined;
    this.steps.length = 0;
    this.last = clone(asJson(object)) as JsonObject;
    return (plugin) => {
      const after = clone(asJson(object)) as JsonObject;
      this.steps.push({ plugin, before: this.last as JsonObject, after });
      this.last = after;
    };
  }

  /** The answer, with what changed: `[{"plugin":"Priority","path":["spec","priority"]}, …]`, percent-encoded. */
  tell(response: ApiResponse, schema: Schema): ApiResponse {
    const changes = this.steps.flatMap(({ plugin, before, after }) =>
      explainPatch(before, after, schema)
        .filter(({ action, rule }) => action !== 'keep' && rule !== 'merged-by-key')
        .map(({ path }) => ({ plugin, path })),
    );
    while (changes.length > 0) {
      const text = encodeURIComponent(JSON.stringify(changes));
      if (text.length <= LONGEST) return { ...response, headers: { ...response.headers, [CHANGES_HEADER]: text } };
      changes.pop();
    }
    return response;
  }
}
