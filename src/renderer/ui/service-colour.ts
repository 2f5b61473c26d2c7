const COLOURS = 10

/** The colour that a service keeps everywhere, as a token: a hash over ten that colour-blind people can tell apart. */
export function serviceColour(name: string): string {
  let hash = 7
  for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) % 65_521
  return `var(--s${(hash % COLOURS) + 1})`
}

/** The shade of one version of a service: its service's colour, each next version nearer to the text's. */
export function versionColour(service: string, version: string): string {
  const order = Number(/\d+/.exec(version)?.[0] ?? 1)
  const share = Math.max(35, 100 - ((order - 1) % 4) * 30)
  return share === 100
    ? serviceColour(service)
    : `color-mix(in oklab, ${serviceColour(service)} ${share}%, var(--text))`
}
