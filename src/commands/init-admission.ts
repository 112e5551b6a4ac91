/** Which admission plugins a new cluster has (apiserver `pkg/server/options/admission.go`, `pkg/admission/config.go`). */
import type { Json, JsonObject } from '../apimachinery/json';
import type { AdmissionSettings, PluginName } from '../apiserver/admission/settings';
import { CommandError, type Flag, type Invocation } from './command';
import { messageOf } from './errors';

export const admissionFlags: Flag[] = [
  {
    name: 'admission-control-config-file',
    type: 'string',
    usage:
      'File with an AdmissionConfiguration (apiserver.config.k8s.io/v1): how plugins are set, PodSecurity for one.',
  },
  {
    name: 'disable-admission-plugins',
    type: 'stringSlice',
    usage: 'Admission plugins to turn off that are on by default, as in ResourceQuota,LimitRanger.',
  },
  {
    name: 'enable-admission-plugins',
    type: 'stringSlice',
    usage: 'Admission plugins to turn on beside those that are on by default, as in AlwaysPullImages.',
  },
];

/** Undefined for what is the default. */
export async function admissionOf(invocation: Invocation): Promise<AdmissionSettings | undefined> {
  const { flags } = invocation;
  const file = flags.string('admission-control-config-file');
  const [enable, disable] = ['enable', 'disable'].map((word) => flags.strings(`${word}-admission-plugins`));
  if (file === '' && !enable?.length && !disable?.length) return undefined;
  const { parsePluginNames } = await import('../apiserver/admission/settings');
  const { checkPlugins } = await import('../apiserver/admission/ordered-plugins');
  try {
    const names = parsePluginNames(enable ?? [], disable ?? []);
    const settings = { ...names, configuration: file === '' ? {} : await configurationIn(invocation, file) };
    await checkPlugins(settings);
    return settings;
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(messageOf(error));
  }
}

/** What an AdmissionConfiguration says of each plugin, there or in a file that it names (ReadAdmissionConfiguration). */
async function configurationIn(
  { streams, cwd }: Invocation,
  file: string,
): Promise<AdmissionSettings['configuration']> {
  const { readFileText } = await import('./print-objects');
  const { parseYaml } = await import('../yaml/read');
  const { configurationOf, fieldsOf } = await import('../apiserver/admission/plugin-configuration');
  const { ORDERED_PLUGINS } = await import('../apiserver/admission/settings');
  const read = (text: string): Json => parseYaml(text);
  const versions = ['v1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);
  try {
    const text = file === '-' ? await streams.stdin() : await readFileText(file, cwd);
    const { plugins } = configurationOf(read(text), 'AdmissionConfiguration', versions, ['plugins']);
    const configuration: Partial<Record<PluginName, Json>> = {};
    for (const [i, one] of (Array.isArray(plugins) ? plugins : []).entries()) {
      const plugin: JsonObject = fieldsOf(one, `plugins[${i}]`, ['name', 'path', 'configuration']);
      const name = ORDERED_PLUGINS.find((known) => known === plugin['name']);
      // Upstream leaves what it doesn't know alone; here it is a slip of the pen.
      if (!name) throw new Error(`plugins[${i}].name: ${JSON.stringify(plugin['name'] ?? '')} is no admission plugin`);
      if (name in configuration) continue;
      if (plugin['configuration'] !== undefined) configuration[name] = plugin['configuration'];
      else if (plugin['path'])
        configuration[name] = read(await readFileText(String(plugin['path']), folderOf(file, cwd)));
    }
    return configuration;
  } catch (error) {
    throw new CommandError(`failed to read plugin config: ${messageOf(error)}`);
  }
}

/** Paths in a configuration are relative to it. */
function folderOf(file: string, cwd: string): string {
  const slash = file.lastIndexOf('/');
  if (slash < 0) return cwd;
  const folder = file.slice(0, slash) || '/';
  return folder.startsWith('/') ? folder : `${cwd}/${folder}`;
}
