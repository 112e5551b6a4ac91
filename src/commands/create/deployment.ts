/** `create deployment` (kubectl pkg/cmd/create/create_deployment.go). */
import { createRandom } from '../../sim/random';
import { CommandError } from '../command';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'deployment NAME --image=image -- [COMMAND] [args...]',
    aliases: ['deploy'],
    short: 'Create a deployment with the specified name',
    long: 'Make a deployment of this name, with one container for each image.',
    examples: `# A deployment that runs nginx
kubectl create deployment web --image=nginx

# Three replicas of it
kubectl create deployment web --image=nginx --replicas=3

# With a command of its own
kubectl create deployment clock --image=busybox -- date

# Several containers in each pod
kubectl create deployment pair --image=nginx --image=redis:8`,
    flags: [
      {
        name: 'image',
        type: 'stringSlice',
        required: true,
        usage: 'Image names to run. A deployment can have multiple images set for multi-container pod.',
      },
      { name: 'port', type: 'int', default: -1, usage: 'The containerPort that this deployment exposes.' },
      {
        name: 'replicas',
        shorthand: 'r',
        type: 'int',
        default: 1,
        usage: 'Number of replicas to create. Default is 1.',
      },
    ],
  },
  ({ flags, args }, name, namespace) => {
    const images = flags.strings('image');
    const command = args.slice(1);
    if (images.length > 1 && command.length > 0) {
      throw new CommandError('cannot specify multiple --image options and command');
    }
    const labels = () => ({ app: name });
    const port = flags.int('port');
    const containers = images.map((image, i) => ({
      name: containerName(image),
      image,
      ...(command.length > 0 ? { command } : {}),
      ...(i === 0 && port >= 0 ? { ports: [{ containerPort: port }] } : {}),
      resources: {},
    }));
    return {
      namespaced: true,
      failure: 'failed to create deployment: ',
      object: {
        kind: 'Deployment',
        apiVersion: 'apps/v1',
        metadata: { name, ...(namespace ? { namespace } : {}), labels: labels() },
        spec: {
          replicas: flags.int('replicas'),
          selector: { matchLabels: labels() },
          template: { metadata: { labels: labels() }, spec: { containers } },
          strategy: {},
        },
        status: {},
      },
    };
  },
);

/** The image's last part without tag and digest; one with `.` or `_` is made a name and given a suffix (sanitizeAndUniquify). */
function containerName(image: string): string {
  const name = ((image.split('/').at(-1) as string).split(':')[0] as string).split('@')[0] as string;
  if (!/[_.]/.test(name)) return name;
  return `${name.replace(/[_.]/g, '-')}-${createRandom(image).suffix(5)}`;
}
