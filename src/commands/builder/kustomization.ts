/** What -k reads: the objects that a kustomization makes, as one manifest (cli-runtime resource/kustomizevisitor.go). */
import { buildKustomization } from '../../kustomize/build';
import { formatResources } from '../../kustomize/resource-list';
import type { Invocation } from '../command';
import { diskFiles } from '../kustomize-files';

export async function kustomizationSource(
  path: string,
  { cwd, streams }: Pick<Invocation, 'cwd' | 'streams'>,
): Promise<string> {
  const warn = (line: string) => streams.err(`${line}\n`);
  return formatResources(await buildKustomization(diskFiles(cwd), path, { warn }));
}
