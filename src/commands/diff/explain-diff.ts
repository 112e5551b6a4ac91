/** `diff --explain`: what applying files would change, field by field, instead of as texts compared. */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { warnIfDeleting } from '../apply/apply-client-side';
import type { Result } from '../builder/result';
import { CommandError, ExitSilently, type Invocation } from '../command';
import { Explainer } from '../explain-merge/explainer';
import { withoutLastApplied } from '../last-applied';
import { mergedObject, type Options } from './run-diff';

/** Ends with status 1 where something would change, as diff does. */
export async function explainDiff(invocation: Invocation, result: Result, options: Options): Promise<void> {
  const { flags } = invocation;
  if (flags.bool('prune')) throw new CommandError('--explain and --prune cannot be specified together');
  const explainer = new Explainer(
    invocation,
    Explainer.readOptions(invocation, {
      output: flags.string('output'),
      showSecrets: flags.bool('show-secrets'),
      heading: true,
    }),
  );
  options.explain = (record) => explainer.take(record);
  let differs = false;
  try {
    await result.visit(async (info) => {
      const local = withoutLastApplied(info.object as KubeObject);
      let live: KubeObject | undefined;
      try {
        live = await info.get();
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
      try {
        const answer = await mergedObject(invocation, info, local, live, options);
        differs = (await explainer.explain({ info, answer })) || differs;
      } catch (error) {
        await explainer.explain({ info, error });
        throw error;
      }
      if (live) warnIfDeleting(invocation, live);
    });
  } finally {
    await explainer.finish();
  }
  if (differs) throw new ExitSilently(1);
}
