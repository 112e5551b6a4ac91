import type { JsonObject } from '../../src/apimachinery/json';
import type { KubeObject, ManagedFieldsEntry } from '../../src/apimachinery/meta';
import { findFieldsOwners, upgradeManagedFieldsPatch } from '../../src/merge/csa-upgrade';

const entry = (
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: JsonObject,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const object = (...managedFields: ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', resourceVersion: '7', managedFields },
});
const CSA = 'kubectl-client-side-apply';
const upgraded = (...entries: ManagedFieldsEntry[]) =>
  upgradeManagedFieldsPatch(object(...entries), [CSA], 'kubectl')?.[0]?.['value'];
const a = { 'f:data': { 'f:a': {} } };
const b = { 'f:data': { 'f:b': {} } };
const both = { 'f:data': { 'f:a': {}, 'f:b': {} } };

test('the client-side manager becomes the applier', () => {
  expect(
    upgradeManagedFieldsPatch(object(entry(CSA, 'Update', a), entry('other', 'Update', b)), [CSA], 'kubectl'),
  ).toEqual([
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [entry('kubectl', 'Apply', a), entry('other', 'Update', b)],
    },
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
  ]);
});

test('an applier that is there takes the fields over', () => {
  expect(upgraded(entry('kubectl', 'Apply', a), entry(CSA, 'Update', b))).toEqual([entry('kubectl', 'Apply', both)]);
});

test('of another version nothing is taken over, but the entry goes', () => {
  expect(upgraded(entry('kubectl', 'Apply', a), entry(CSA, 'Update', b, { apiVersion: 'v2' }))).toEqual([
    entry('kubectl', 'Apply', a),
  ]);
});

test('entries of subresources are others', () => {
  const status = entry(CSA, 'Update', b, { subresource: 'status' });
  expect(upgraded(status)).toBeUndefined();
  expect(upgraded(entry(CSA, 'Update', a), status)).toEqual([entry('kubectl', 'Apply', a), status]);
  const patch = upgradeManagedFieldsPatch(object(status), [CSA], 'kubectl', { subresource: 'status' });
  expect(patch?.[0]?.['value']).toEqual([{ ...status, manager: 'kubectl', operation: 'Apply' }]);
});

test('nothing to do', () => {
  expect(upgraded()).toBeUndefined();
  expect(upgraded(entry('kubectl', 'Apply', a))).toBeUndefined();
  expect(upgradeManagedFieldsPatch({ ...object(), metadata: { name: 'x' } }, [CSA], 'kubectl')).toBeUndefined();
});

test('who owns the annotation', () => {
  const annotation = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'];
  const owner = entry(CSA, 'Update', { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${annotation[2]}`]: {} } } });
  expect(findFieldsOwners([owner, entry('other', 'Update', a)], 'Update', [annotation])).toEqual([owner]);
  expect(findFieldsOwners([owner], 'Apply', [annotation])).toEqual([]);
  expect(findFieldsOwners([entry('broken', 'Update', { annotations: {} })], 'Update', [annotation])).toEqual([]);
});
