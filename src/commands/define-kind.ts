/** Kinds that a command defines in the cluster, so that objects of them can be applied. */
import type { KubeObject } from '../apimachinery/meta';
import { isReason } from '../apimachinery/status';
import type { Invocation } from './command';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/** Says what it did. One that is there already stays as it is. */
export async function defineKind(invocation: Invocation, definition: KubeObject, manager: string): Promise<void> {
  const client = await invocation.client();
  const name = `customresourcedefinition.apiextensions.k8s.io/${definition.metadata.name}`;
  try {
    await client.create(DEFINITIONS, '', definition, { fieldManager: invocation.fieldManager(manager) });
    invocation.streams.out(`${name} created\n`);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    invocation.streams.out(`${name} unchanged\n`);
  }
}
