/** `kustomize -o`: into one file, or into a folder with a file for each resource (commands/build/writer.go). */
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { effectiveNamespace, isClusterScoped } from '../kustomize/ids';
import type { Resource } from '../kustomize/resource';
import { formatResource, formatResources } from '../kustomize/resource-list';
import { CommandError } from './command';
import { goFileError } from './print-objects';

export async function writeResources(resources: readonly Resource[], output: string, cwd: string): Promise<void> {
  const path = resolve(cwd, output);
  const write = (file: string, shown: string, text: string) => {
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new CommandError(goFileError(error, shown));
    }
  };
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    write(path, output, formatResources(resources));
    return;
  }
  const namespaces = new Set(
    resources.filter(({ id }) => !isClusterScoped(id)).map(({ id }) => effectiveNamespace(id)),
  );
  for (const resource of resources) {
    const { id } = resource;
    const prefixed = namespaces.size > 1 && !isClusterScoped(id);
    const name = `${prefixed ? `${effectiveNamespace(id).toLowerCase()}_` : ''}${fileName(resource)}`;
    write(join(path, name), join(output, name), formatResource(resource));
  }
}

/** `apps_v1_deployment_web.yaml` */
function fileName({ id }: Resource): string {
  const gvk = [id.group, id.version, id.kind].filter((part) => part !== '').join('_');
  return `${gvk.toLowerCase()}_${id.name.toLowerCase()}.yaml`;
}
