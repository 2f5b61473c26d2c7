const COLOURS = 10
/** How many versions of a service look different: shades, each with a pattern of its own. */
const LOOKS = 4
/** How much of the service's colour each look keeps; the rest is the text's. */
const SHADES = [100, 62, 40, 24] as const

/** How one version of a service is drawn: never by its shade alone. */
export interface VersionLook {
  /** A CSS colour. */
  readonly colour: string
  /** A CSS background for a bar or a swatch: plain, or striped for what is not the first version. */
  readonly background: string
  /** `stroke-dasharray` for a line; empty for a whole one. */
  readonly dash: string
}

/** `namespace/name` by the place in the palette, in order of appearance. */
const services = new Map<string, number>()
/** By service: its versions with their places. */
const versions = new Map<string, Map<string, number>>()

/**
 * The key of a service: an id (`namespace/name`) as it is, a host of the cluster (`api.shop`, `api.shop.svc.cluster.local`)
 * as its id, and a short name as one whose namespace is not told (`/name`).
 */
export function serviceKey(name: string): string {
  if (name.includes('/')) return name
  const [, service, namespace] = /^([^.]+)\.([^.]+)(?:\.svc(?:\..+)?)?$/.exec(name) ?? []
  return service === undefined || namespace === undefined ? `/${name}` : `${namespace}/${service}`
}

/** A service that is named without its namespace is the one of that name that was seen first. */
function resolve(key: string): string {
  if (services.has(key) || !key.startsWith('/')) return key
  return [...services.keys()].find(known => known.endsWith(key)) ?? key
}

/**
 * The colour that a service keeps in every view, as a token: the palette's next one for a service that is seen for the
 * first time, so that the first ten differ.
 */
export function serviceColour(name: string): string {
  const key = resolve(serviceKey(name))
  let place = services.get(key)
  if (place === undefined) {
    place = services.size
    services.set(key, place)
  }
  return `var(--s${(place % COLOURS) + 1})`
}

/** `v2` takes the second look, other names the first that is free. */
function lookIndex(key: string, version: string): number {
  const known = versions.get(key) ?? new Map<string, number>()
  versions.set(key, known)
  let place = known.get(version)
  if (place === undefined) {
    const number = /^v?(\d{1,3})$/.exec(version)?.[1]
    const wanted = number === undefined ? 0 : Math.max(0, Number(number) - 1) % LOOKS
    const taken = new Set(known.values())
    const free = Array.from({ length: LOOKS }, (_, step) => (wanted + step) % LOOKS)
    place = free.find(index => !taken.has(index)) ?? wanted
    known.set(version, place)
  }
  return place
}

/** How a version of a service looks in every view; the service itself, without a version, looks like its first. */
export function versionLook(name: string, version: string): VersionLook {
  const own = serviceColour(name)
  const index = version === '' ? 0 : lookIndex(resolve(serviceKey(name)), version)
  if (index === 0) return { colour: own, background: own, dash: '' }
  const colour = `color-mix(in oklab, ${own} ${SHADES[index] ?? 24}%, var(--text))`
  const angle = [0, 45, 135, 90][index] ?? 45
  return {
    colour,
    background: `repeating-linear-gradient(${angle}deg, ${own} 0 3px, ${colour} 3px 6px)`,
    dash: ['', '7 3', '3 3', '1 3'][index] ?? '3 3',
  }
}

/** Gives every colour back; for tests and for another cluster, whose services are others. */
export function forgetServices(): void {
  services.clear()
  versions.clear()
}
