/** Why a claim has its volume, or none. */
import type { Json } from '../../apimachinery/json';
import type { ToldAttachment } from '../../sim/controllers/attachdetach/why-attached';
import type { ClaimExplanation, ToldVolume } from '../../sim/controllers/persistentvolume-binder/why-claim';
import type { Streams } from '../command';
import { askWhy, type WhySubject } from './why';

const subject: WhySubject = {
  async explain(invocation, { namespace, name }) {
    const path = `persistentvolumeclaims/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
    const told = await askWhy<ClaimExplanation>(invocation, path);
    return { object: told as unknown as Json, text: () => claimText(invocation.streams, told) };
  },
};
export default subject;

async function claimText(streams: Streams, told: ClaimExplanation): Promise<string> {
  const { table } = await import('./pod-text');
  const parts = [headline(told)];
  const { storage, accessModes, volumeMode, selector } = told.wanted;
  const wants = [
    String(storage),
    (accessModes as string[]).join('+'),
    String(volumeMode),
    `class ${told.storageClass || 'none'}`,
    ...(selector ? [`labels ${JSON.stringify(selector)}`] : []),
  ];
  parts.push(`It asks for ${wants.join(', ')}.\n`);
  const { volumes } = told;
  if (volumes.length === 0) parts.push('There are no volumes.\n');
  else parts.push(await table(streams, ['VOLUME', 'SIZE', 'PHASE', 'FITS', 'BECAUSE'], volumes.map(row)));
  if (told.provisioning) parts.push(`A new volume: ${told.provisioning}.\n`);
  for (const change of told.changes) parts.push(`${change}\n`);
  if (told.attachments.length > 0)
    parts.push(await table(streams, ['NODE', 'ATTACHED', 'PODS', 'BECAUSE'], told.attachments.map(attachmentRow)));
  return parts.join('\n');
}

function headline({ claim, phase, volume, volumes }: ClaimExplanation): string {
  const name = `persistentvolumeclaim/${claim.name}`;
  const chosen = volumes.find((one) => one.chosen);
  if (phase === 'Bound') return `${name} is bound to ${volume}.\n`;
  if (phase === 'Lost') return `${name} is lost: its volume ${volume ?? ''} is gone.\n`;
  if (chosen?.fits) return `${name} is not bound yet. It gets ${chosen.name} when the binder gets to it.\n`;
  if (volume) return `${name} is not bound: it names ${volume}, which will not do.\n`;
  if (volumes.length === 0) return `${name} is not bound.\n`;
  return `${name} is not bound: none of ${volumes.length} volumes will do.\n`;
}

function attachmentRow({ node, attached, pods, text = '' }: ToldAttachment): string[] {
  return [node, attached ? 'yes' : 'no', pods.join(',') || 'none', text];
}

function row({ name, size, phase, fits, chosen, text }: ToldVolume): string[] {
  return [name, size, phase, fits ? 'yes' : 'no', text ?? (chosen ? 'it is the one' : '')];
}
