/** What `kuberc view` offers to write where there is no kuberc yet (kuberc.CreateDefaultPreference). */
import { newPreference, type Preference } from './preference';

export function recommendedPreference(): Preference {
  return {
    ...newPreference(),
    defaults: [
      { command: 'apply', options: [{ name: 'server-side', default: 'true' }] },
      { command: 'delete', options: [{ name: 'interactive', default: 'true' }] },
    ],
  };
}
