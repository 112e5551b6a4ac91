/** What of objects of the other kinds may not change. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { manifest, stored, updated } from './judged';

const IMMUTABLE = 'field is immutable';
const RBAC = 'rbac.authorization.k8s.io';
const CLAIM = 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}';
const VOLUME = 'spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], capacity: {storage: 1Gi}, hostPath: {path: /x}}';

describe('what stays', () => {
  const changed = async (kind: string, rest: string, edit: (now: KubeObject) => void, status?: object) =>
    (await updated({ ...(await stored(manifest(kind, rest))), ...(status && { status }) }, edit)).errors;

  test('the data of what is immutable', async () => {
    const errors = await changed('v1 ConfigMap', 'data: {a: b}, immutable: true', (now) => {
      now.data.a = 'c';
    });
    expect(errors).toEqual(['data: Forbidden: field is immutable when `immutable` is set']);
    const secret = await changed('v1 Secret', 'stringData: {a: b}, immutable: true', (now) => {
      now.immutable = false;
    });
    expect(secret).toEqual(['immutable: Forbidden: field is immutable when `immutable` is set']);
  });

  test('the type of a secret', async () => {
    const errors = await changed('v1 Secret', '', (now) => {
      now.type = 'a/b';
    });
    expect(errors).toEqual([`type: Invalid value: "a/b": ${IMMUTABLE}`]);
  });

  test('the role of a binding', async () => {
    const errors = await changed(`${RBAC}/v1 RoleBinding`, 'roleRef: {kind: Role, name: r}', (now) => {
      now.roleRef.name = 's';
    });
    expect(errors).toEqual([
      `roleRef: Invalid value: {"APIGroup":"${RBAC}","Kind":"Role","Name":"s"}: cannot change roleRef`,
    ]);
  });

  test('what a class of storage says', async () => {
    const errors = await changed('storage.k8s.io/v1 StorageClass', 'provisioner: p', (now) => {
      now.provisioner = 'q';
      now.reclaimPolicy = 'Retain';
    });
    expect(errors).toEqual([
      `provisioner: Invalid value: "q": ${IMMUTABLE}`,
      `reclaimPolicy: Invalid value: "Retain": ${IMMUTABLE}`,
    ]);
  });

  test('the value of a priority', async () => {
    const errors = await changed('scheduling.k8s.io/v1 PriorityClass', 'value: 1', (now) => {
      now.value = 2;
    });
    expect(errors).toEqual(['value: Forbidden: may not be changed in an update.']);
  });

  test('all of a claim but its size, once bound, and that only grows', async () => {
    const bound = { phase: 'Bound', capacity: { storage: '1Gi' } };
    const grown = await changed(
      'v1 PersistentVolumeClaim',
      CLAIM,
      (now) => {
        now.spec.resources.requests.storage = '2Gi';
      },
      bound,
    );
    expect(grown).toEqual([]);
    const shrunk = await changed(
      'v1 PersistentVolumeClaim',
      CLAIM,
      (now) => {
        now.spec.resources.requests.storage = '500Mi';
      },
      bound,
    );
    expect(shrunk).toEqual(['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']);
    const pending = await changed('v1 PersistentVolumeClaim', CLAIM, (now) => {
      now.spec.resources.requests.storage = '2Gi';
    });
    expect(pending).toHaveLength(1);
    const [first, ...diff] = (pending[0] as string).split('\n');
    expect(first).toBe(
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    );
    expect(diff.filter((line) => /^[-+] /.test(line)).map((line) => line.replace(/\s+/g, ' '))).toEqual([
      '- "storage": "1Gi"',
      '+ "storage": "2Gi"',
    ]);
  });

  test("a claim's volume is named once", async () => {
    const named = await changed('v1 PersistentVolumeClaim', CLAIM, (now) => {
      now.spec.volumeName = 'v';
    });
    expect(named).toEqual([]);
  });

  test('the source of a volume', async () => {
    const errors = await changed('v1 PersistentVolume', VOLUME, (now) => {
      now.spec.hostPath.path = '/y';
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^spec\.persistentvolumesource: Forbidden: spec\.persistentvolumesource is immutable after creation\n@@ /,
    );
  });
});
