/** What a shell may offer for arguments and values of flags: declared with the command, worked out when a shell asks. */

export type Completion =
  /** Of these the ones that begin so; `all`: whatever was typed. As arguments only the first. */
  | { offer: 'words'; words: readonly string[]; all?: boolean }
  /** `TYPE NAME…` and `TYPE/NAME…`; `types`: only these; `once`: only one object. */
  | { offer: 'types-and-names'; types?: readonly string[]; once?: boolean }
  /** Names of objects of one type, as the first argument. */
  | { offer: 'names'; type: string }
  /** A pod, or TYPE/NAME of what has pods; then one of its containers, or of its ports. */
  | { offer: 'pods'; and?: 'containers' | 'ports' }
  /** Containers of the pod that the first argument names. */
  | { offer: 'containers' }
  /** `NAMESPACE/POD:` and files here (cp). */
  | { offer: 'file-specs' }
  /** Names of a kubeconfig, as the first argument. */
  | { offer: 'contexts' | 'clusters' | 'users' }
  /** The commands below the ones that the arguments name (help). */
  | { offer: 'commands' }
  /** What a plugin has to offer, by the program of that name (`foo-bar`). */
  | { offer: 'plugin'; plugin: string }
  /** Files with one of these endings. */
  | { offer: 'files'; extensions: readonly string[] };

/** cobra's ShellCompDirective: what the shell does with what it is offered, and besides. */
export const Directive = {
  Default: 0,
  Error: 1,
  NoSpace: 2,
  NoFileComp: 4,
  FilterFileExt: 8,
  FilterDirs: 16,
  KeepOrder: 32,
} as const;

/** Manifests, as -f takes them. */
export const manifestFiles: Completion = { offer: 'files', extensions: ['json', 'yaml', 'yml'] };
