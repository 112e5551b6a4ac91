/** The table of commands: each is loaded when it is invoked. Adding a command is adding one line. */
import type { Command } from './command';

export type Loader = () => Promise<{ default: Command }>;

export interface CommandGroup {
  title: string;
  commands: Readonly<Record<string, Loader>>;
  /** Kubetick's own, which the help of who is called kubectl does not show. */
  own?: boolean;
  /** They drive the cluster in the folder; no cluster of kubectl's has them. */
  simulation?: boolean;
}

/** In the groups and the order of kubectl's own help (pkg/cmd/cmd.go), and kubetick's own at the end. */
export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Basic Commands (Beginner):',
    commands: {
      create: () => import('./create/create'),
      expose: () => import('./expose/expose'),
      run: () => import('./run/run'),
    },
  },
  {
    title: 'Basic Commands (Intermediate):',
    commands: {
      set: () => import('./set/set'),
      explain: () => import('./explain'),
      get: () => import('./get/get'),
      edit: () => import('./edit/edit'),
      delete: () => import('./delete/delete'),
    },
  },
  {
    title: 'Deploy Commands:',
    commands: {
      rollout: () => import('./rollout/rollout'),
      scale: () => import('./scale/scale'),
      autoscale: () => import('./autoscale/autoscale'),
    },
  },
  {
    title: 'Cluster Management Commands:',
    commands: {
      certificate: () => import('./certificate/certificate'),
      'cluster-info': () => import('./cluster-info/cluster-info'),
      top: () => import('./top/top'),
      cordon: () => import('./drain/cordon'),
      uncordon: () => import('./drain/uncordon'),
      drain: () => import('./drain/drain'),
      taint: () => import('./taint/taint'),
    },
  },
  {
    title: 'Troubleshooting and Debugging Commands:',
    commands: {
      describe: () => import('./describe/describe'),
      logs: () => import('./logs/logs'),
      attach: () => import('./attach/attach'),
      exec: () => import('./exec/exec'),
      'port-forward': () => import('./port-forward/port-forward'),
      proxy: () => import('./proxy/proxy'),
      cp: () => import('./cp/cp'),
      auth: () => import('./auth/auth'),
      debug: () => import('./debug/debug'),
      events: () => import('./events/events'),
    },
  },
  {
    title: 'Advanced Commands:',
    commands: {
      diff: () => import('./diff/diff'),
      apply: () => import('./apply/apply'),
      patch: () => import('./patch/patch'),
      replace: () => import('./replace/replace'),
      wait: () => import('./wait/wait'),
      kustomize: () => import('./kustomize'),
    },
  },
  {
    title: 'Settings Commands:',
    commands: {
      label: () => import('./label/label'),
      annotate: () => import('./annotate/annotate'),
      completion: () => import('./completion/completion'),
    },
  },
  {
    title: 'Simulation Commands:',
    simulation: true,
    commands: {
      init: () => import('./init'),
      serve: () => import('./serve/serve'),
      status: () => import('./status'),
      tick: () => import('./tick/tick'),
      node: () => import('./node/node'),
      nodegroup: () => import('./nodegroup/nodegroup'),
      pod: () => import('./pod/pod'),
      load: () => import('./load/load'),
      stage: () => import('./stage/stage'),
      timeline: () => import('./timeline/timeline'),
    },
  },
  {
    title: 'Explaining Commands:',
    own: true,
    commands: {
      blame: () => import('./blame/blame'),
      compare: () => import('./compare/compare'),
      cron: () => import('./cron/cron'),
      dns: () => import('./dns/dns'),
      trace: () => import('./trace/trace'),
      user: () => import('./user/user'),
      'what-if': () => import('./what-if/what-if'),
      'who-can': () => import('./who-can/who-can'),
      why: () => import('./why/why'),
    },
  },
  {
    title: 'Other Commands:',
    commands: {
      'api-resources': () => import('./api-resources'),
      'api-versions': () => import('./api-versions'),
      config: () => import('./config/config'),
      kuberc: () => import('./kuberc/kuberc'),
      options: () => import('./options'),
      plugin: () => import('./plugin/plugin'),
      version: () => import('./version'),
    },
  },
];

/** Asked by the scripts of `completion`. */
const hiddenCommands: Readonly<Record<string, Loader>> = {
  __complete: () => import('./completion/complete'),
  __completeNoDesc: () => import('./completion/complete'),
};

/** The loader of a top-level command, or undefined where there is none of that name. */
export function findTopLevel(name: string): Loader | undefined {
  for (const group of commandGroups) if (Object.hasOwn(group.commands, name)) return group.commands[name];
  return Object.hasOwn(hiddenCommands, name) ? hiddenCommands[name] : undefined;
}
