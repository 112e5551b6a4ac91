/** What `debug` is asked to do: completed and validated (DebugOptions.Complete, Validate). */
import { CommandError, type Invocation } from '../command';
import { isImageReference } from '../image-reference';
import { readCustomProfile } from './custom-profile';
import type { Container } from './pod-parts';
import { type Keep, type ProfileName, profileNamed } from './profiles';

export interface DebugOptions {
  targets: readonly string[];
  filenames: readonly string[];
  /** What follows `--`. */
  args: readonly string[];
  argsOnly: boolean;
  attach: boolean;
  container: string;
  copyTo: string;
  replace: boolean;
  env: { name: string; value: string }[];
  image: string;
  pullPolicy: string;
  stdin: boolean;
  tty: boolean;
  quiet: boolean;
  sameNode: boolean;
  setImages: ReadonlyMap<string, string>;
  /** Undefined where nothing was said about it. */
  shareProcesses: boolean | undefined;
  target: string;
  profile: ProfileName;
  keep: Keep;
  /** Part of a container, laid over what the profile made. */
  custom: Partial<Container> | undefined;
}

/** @throws CommandError */
export async function debugOptions(invocation: Invocation): Promise<DebugOptions> {
  const { flags, args, argsBeforeDash } = invocation;
  const cut = argsBeforeDash !== undefined && args.length > argsBeforeDash ? argsBeforeDash : args.length;
  const stdin = flags.bool('stdin');
  const custom = flags.string('custom');
  const options: DebugOptions = {
    targets: args.slice(0, cut),
    filenames: flags.strings('filename'),
    args: args.slice(cut),
    argsOnly: flags.bool('arguments-only'),
    attach: flags.changed('attach') ? flags.bool('attach') : stdin,
    container: flags.string('container'),
    copyTo: flags.string('copy-to'),
    replace: flags.bool('replace'),
    env: [...pairs(flags.strings('env'))].map(([name, value]) => ({ name, value })),
    image: flags.string('image'),
    pullPolicy: flags.string('image-pull-policy'),
    stdin,
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
    sameNode: flags.bool('same-node'),
    setImages: pairs(flags.strings('set-image')),
    shareProcesses: flags.changed('share-processes') ? flags.bool('share-processes') : undefined,
    target: flags.string('target'),
    profile: profileNamed(flags.string('profile')),
    keep: {
      labels: flags.bool('keep-labels'),
      annotations: flags.bool('keep-annotations'),
      liveness: flags.bool('keep-liveness'),
      readiness: flags.bool('keep-readiness'),
      startup: flags.bool('keep-startup'),
      initContainers: flags.bool('keep-init-containers'),
    },
    custom: custom === '' ? undefined : await readCustomProfile(custom, invocation.cwd),
  };
  validate(options, invocation);
  return options;
}

/** The last value of each name. */
function pairs(texts: readonly string[]): Map<string, string> {
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function validate(options: DebugOptions, { flags, streams }: Invocation): void {
  const { image, container, copyTo, args, setImages, pullPolicy, target, custom } = options;
  if (options.attach && flags.changed('attach') && image === '' && container === '') {
    throw new CommandError('you must specify --container or create a new container using --image in order to attach.');
  }
  if (copyTo === '') refuseFlagsOfCopies(options);
  else if (image === '' && setImages.size === 0 && args.length === 0) {
    throw new CommandError('you must specify --image, --set-image or command arguments.');
  } else if (args.length > 0 && container === '' && image === '') {
    throw new CommandError('you must specify an existing container or a new image when specifying args.');
  }
  if (image !== '' && !isImageReference(image)) {
    throw new CommandError(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  if (options.targets.length === 0 && options.filenames.length === 0) {
    throw new CommandError('NAME or filename is required for debug');
  }
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy)) {
    throw new CommandError(`invalid image pull policy: ${pullPolicy}`);
  }
  for (const [name, other] of setImages) {
    if (isImageReference(other)) continue;
    const where = `${JSON.stringify(other)} for container ${JSON.stringify(name)}`;
    throw new CommandError(`invalid image name ${where}: invalid reference format`);
  }
  if (target !== '') {
    if (copyTo !== '')
      throw new CommandError('--target is incompatible with --copy-to. Use --share-processes instead.');
    if (!options.quiet) {
      streams.out(
        `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
    }
  }
  if (options.tty && !options.stdin) {
    throw new CommandError('-i/--stdin is required for containers with -t/--tty=true');
  }
  if (
    custom &&
    (custom.name || custom.command?.length || custom.image || custom.lifecycle || custom.volumeDevices?.length)
  ) {
    throw new CommandError('name, command, image, lifecycle and volume devices are not modifiable via custom profile');
  }
  if (options.profile === 'legacy') {
    streams.err(
      '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
    );
  }
}

function refuseFlagsOfCopies({ replace, sameNode, setImages, image }: DebugOptions): void {
  if (replace) throw new CommandError('--replace may only be used with --copy-to.');
  if (sameNode) throw new CommandError('--same-node may only be used with --copy-to.');
  if (setImages.size > 0) throw new CommandError('--set-image may only be used with --copy-to.');
  if (image === '') throw new CommandError('you must specify --image when not using --copy-to.');
}
