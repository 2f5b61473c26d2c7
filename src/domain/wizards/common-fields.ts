import { findServiceNamed, serviceOptions, versionsOf } from './service-options.ts'
import type { Answers, WizardField, WizardOption, WizardWorld } from './wizard.ts'

/** Asks which Service; the first is the default. */
export function serviceField({ objects }: WizardWorld, label = 'Service'): WizardField {
  const options = serviceOptions(objects)
  return {
    name: 'service',
    kind: 'choice',
    label,
    options,
    ...(options[0] === undefined ? {} : { default: options[0].value }),
  }
}

/** The versions of the Service that is chosen, or of the default one. */
export function versionOptions(world: WizardWorld, answers: Answers): readonly WizardOption[] {
  const service = findServiceNamed(world.objects, answers['service'] ?? serviceField(world).default)
  if (service === undefined) return []
  return versionsOf(world.objects, service).map(({ name }) => ({ value: name, label: name }))
}

/** Asks for a version; `place` counts from the oldest, negative from the newest. */
export function versionField(
  name: string,
  label: string,
  options: readonly WizardOption[],
  place: number,
): WizardField {
  const preset = options.at(place)
  return {
    name,
    kind: 'choice',
    label,
    options,
    ...(options.length === 0 ? { explains: 'No pods of this Service have a version label' } : {}),
    ...(preset === undefined ? {} : { default: preset.value }),
  }
}
