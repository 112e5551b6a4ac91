/** ConfigMap, Secret and ServiceAccount described (kubectl describe.go ConfigMapDescriber, describeSecret, describeServiceAccount). */
import { writeEvents } from './events';
import { base64Length, sortedKeys } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, described, type Related } from './writer';

export function describeConfigMap(configMap: Described, related: Related): string {
  const { data = {}, binaryData = {} } = configMap;
  return described((writer) => {
    writeName(writer, configMap);
    writeLabelsAndAnnotations(writer, configMap);
    writer.write(0, '\nData\n====\n');
    for (const key of sortedKeys(data)) writer.write(0, `${key}:\n----\n${data[key]}\n\n`);
    writer.write(0, '\nBinaryData\n====\n');
    for (const key of sortedKeys(binaryData)) writer.write(0, `${key}: ${base64Length(binaryData[key])} bytes\n`);
    writer.write(0, '\n');
    writeEvents(writer, related);
  });
}

/** Values are kept; how long they are is shown. The token of a service account is there to be read. */
export function describeSecret(secret: Described): string {
  const { type = '', data = {} } = secret;
  return described((writer) => {
    writeName(writer, secret);
    writeLabelsAndAnnotations(writer, secret);
    writer.write(0, `\nType:\t${type}\n`);
    writer.write(0, '\nData\n====\n');
    for (const key of sortedKeys(data)) {
      const shown = key === 'token' && type === 'kubernetes.io/service-account-token';
      writer.field(0, key, shown ? atob(data[key]) : `${base64Length(data[key])} bytes`);
    }
  });
}

export function describeServiceAccount(account: Described, related: Related): string {
  const names: readonly string[] = (account.imagePullSecrets ?? []).map(({ name }: Described) => name);
  const title = 'Image pull secrets:';
  return described((writer) => {
    writeName(writer, account);
    writeLabelsAndAnnotations(writer, account);
    if (names.length === 0) writer.write(0, `${title}\t<none>\n`);
    for (const [i, name] of names.entries())
      writer.write(0, `${i === 0 ? title : ' '.repeat(title.length)}\t${name}\n`);
    writeEvents(writer, related);
  });
}
