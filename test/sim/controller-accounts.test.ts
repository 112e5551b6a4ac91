/** Every controller works under an account that RBAC knows: by a bootstrap role of 1.36, or as an add-on that its installer bound. */
import { ADD_ONS } from '../../src/apiserver/authentication';
import { CONTROLLER_ROLES } from '../../src/apiserver/bootstrap-policy/controller-roles';
import { loadControllers } from '../../src/sim/controllers/index';

const ACCOUNT = 'system:serviceaccount:kube-system:';
/** The kubelets of all nodes at once, the API server itself, and those whose role is bound to their name. */
const COMPONENTS = ['system:node', 'system:apiserver', 'system:kube-scheduler', 'system:kube-controller-manager'];

/** Whose role is one of kube-system's own. */
const IN_KUBE_SYSTEM = ['token-cleaner'];

test('of each controller', async () => {
  const unknown = (await loadControllers())
    .map(({ user }) => user)
    .filter((user) => {
      const account = user.startsWith(ACCOUNT) ? user.slice(ACCOUNT.length) : undefined;
      if (account === undefined) return !COMPONENTS.includes(user);
      return !Object.hasOwn(CONTROLLER_ROLES, account) && !ADD_ONS.has(account) && !IN_KUBE_SYSTEM.includes(account);
    });
  expect(unknown).toEqual([]);
});
