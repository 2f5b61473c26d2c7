import { stringify } from 'yaml'
import { checkConfigurations } from './check-configurations.ts'
import type { Disagreement } from './check-configurations.ts'
import { parseObjects } from './configuration.ts'
import type { Configuration } from './configuration.ts'

/** A smaller configuration that still disagrees: objects, then rules, are left out while it does. */
export function minimize(oracle: string, disagreement: Disagreement): Disagreement {
  let best = withOneRequest(disagreement)
  for (const remove of [withoutObject, withoutRule])
    for (let place = 0; ;) {
      const objects = parseObjects(best.configuration.text)
      // A few places at once: the oracle's start takes longer than a configuration.
      const smaller = [0, 1, 2, 3, 4, 5].flatMap(step => {
        const rest = remove(objects, place + step)
        return rest === undefined ? [] : [withObjects(best.configuration, rest)]
      })
      if (smaller.length === 0) break
      const found = checkConfigurations(oracle, smaller)
      const [next] = found
      if (next === undefined) place += smaller.length
      else {
        best = next
        place += smaller.findIndex(item => item === next.configuration)
      }
    }
  return best
}

type Objects = ReturnType<typeof parseObjects>

const withoutObject = (objects: Objects, place: number): Objects | undefined =>
  place < objects.length ? objects.toSpliced(place, 1) : undefined

/** Without one of all rules of all VirtualServices. */
function withoutRule(objects: Objects, place: number): Objects | undefined {
  let before = 0
  for (const [index, object] of objects.entries()) {
    const spec = object.spec as { http?: unknown[] } | undefined
    const rules = Array.isArray(spec?.http) ? spec.http : []
    if (place < before + rules.length)
      return objects.with(index, { ...object, spec: { ...spec, http: rules.toSpliced(place - before, 1) } })
    before += rules.length
  }
  return undefined
}

const withObjects = (configuration: Configuration, objects: Objects): Configuration => ({
  ...configuration,
  text: objects.map(object => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join(''),
})

function withOneRequest(disagreement: Disagreement): Disagreement {
  const { configuration, request } = disagreement
  const requests = configuration.requests.filter((_, index) => index === (request ?? 0))
  return { ...disagreement, configuration: { ...configuration, requests }, request: 0 }
}
