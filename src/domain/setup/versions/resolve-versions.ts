import { findVersionConflicts } from './find-conflicts.ts'
import { GATEWAY_API_RELEASES } from './gateway-api-releases.ts'
import { ISTIO_RELEASES } from './istio-releases.ts'
import { KIND_RELEASES } from './kind-releases.ts'
import { KUBERNETES_RELEASES } from './kubernetes-releases.ts'
import { LINKERD_RELEASES } from './linkerd-releases.ts'
import { MINIKUBE_RELEASES } from './minikube-releases.ts'
import { compareVersions, isVersionMet, minorOf, readVersion } from './version.ts'
import type { Candidate, VersionConflict, VersionSet, VersionOptions } from './version-set.ts'

/** A set of versions for some options, its conflicts, and why it is not simply the newest of everything. */
export interface VersionResolution {
  readonly set: VersionSet
  /** Conflicts that can't be avoided with these options, the worst first. No `error` here: the set fits. */
  readonly conflicts: readonly VersionConflict[]
  /** What the cluster tool would have started by itself and why that was not taken. */
  readonly avoided: readonly VersionConflict[]
}

interface Choice<Release> {
  /** Undefined alone where the product is not wanted. */
  readonly options: readonly (Release | undefined)[]
  readonly unknown?: VersionConflict
}

/** The releases that meet a request. An unknown patch of a known line counts as that line; anything else is a conflict. */
function choose<
  Release extends { readonly version: string; readonly source: VersionConflict['sources'][number] },
>(
  name: string,
  releases: readonly Release[],
  isWanted: boolean,
  requested: string | undefined,
): Choice<Release> {
  if (!isWanted) return { options: [undefined] }
  if (requested === undefined) return { options: releases }
  const exact = releases.filter(({ version }) => isVersionMet(version, requested))
  if (exact.length > 0) return { options: exact }
  const sameLine = releases.find(({ version }) => minorOf(version) === minorOf(requested))
  const newest = releases[0]
  return {
    options: [sameLine && { ...sameLine, version: bare(requested) }],
    unknown: {
      code: 'unknown-version',
      severity: sameLine ? 'info' : 'warning',
      message: sameLine
        ? `${name} ${requested} is not in the tables of this release; what is known of ${minorOf(requested)} was used`
        : `${name} ${requested} is not in the tables of this release, so nothing is known about what it goes with`,
      hint: `The tables know ${releases.map(({ version }) => version).join(', ')}.`,
      sources: newest ? [newest.source] : [],
    },
  }
}

const bare = (version: string): string => version.trim().replace(/^v/, '')

/** Linkerd's announced version names its newest edge: `2.20`. */
function chooseLinkerd(
  options: VersionOptions,
): ReturnType<typeof choose<(typeof LINKERD_RELEASES)[number]>> {
  const announced = LINKERD_RELEASES.filter(({ announcedAs }) => announcedAs === options.linkerd)
  if (announced.length > 0 && options.meshes.includes('linkerd')) return { options: announced }
  return choose('Linkerd', LINKERD_RELEASES, options.meshes.includes('linkerd'), options.linkerd)
}

function kubernetesOptions(
  options: VersionOptions,
  kind: Candidate['kind'],
): readonly (string | undefined)[] {
  const { provider, kubernetes } = options
  if (provider === 'existing') return [kubernetes === undefined ? undefined : bare(kubernetes)]
  const known = kind
    ? kind.images.map(image => image.kubernetes)
    : KUBERNETES_RELEASES.map(each => each.version)
  if (kubernetes === undefined) return known
  const met = known.filter(version => isVersionMet(version, kubernetes))
  return met.length > 0 ? met : [bare(kubernetes)]
}

const WEIGHTS = { error: 1000, warning: 10, info: 1 } as const
const weigh = (conflicts: readonly VersionConflict[]): number =>
  conflicts.reduce((sum, { severity }) => sum + WEIGHTS[severity], 0)

/** Newer first: of the mesh, then of the Gateway API, then of Kubernetes. */
function isNewer(a: Candidate, b: Candidate): boolean {
  const order =
    compareVersions(a.istio?.version ?? '', b.istio?.version ?? '') ||
    compareVersions(a.linkerd?.version ?? '', b.linkerd?.version ?? '') ||
    compareVersions(a.gatewayApi?.version ?? '', b.gatewayApi?.version ?? '') ||
    compareVersions(a.kind?.version ?? '', b.kind?.version ?? '') ||
    compareVersions(a.kubernetes ?? '', b.kubernetes ?? '')
  return order > 0
}

/**
 * Picks the versions for some options: the newest set with the fewest conflicts. Options are kept even where they
 * conflict; then the conflicts say so.
 */
export function resolveVersions(options: VersionOptions): VersionResolution {
  for (const text of [options.kubernetes, options.istio, options.gatewayApi, options.kind, options.minikube])
    if (text !== undefined && !readVersion(text)) return unreadable(text)
  const hasMesh = options.meshes.length > 0 || (options.routeKinds?.length ?? 0) > 0
  const istio = choose('Istio', ISTIO_RELEASES, options.meshes.includes('istio'), options.istio)
  const linkerd = chooseLinkerd(options)
  const gatewayApi = choose(
    'Gateway API',
    GATEWAY_API_RELEASES,
    hasMesh || options.gatewayApi !== undefined,
    options.gatewayApi,
  )
  const kind = choose('kind', KIND_RELEASES, options.provider === 'kind', options.kind)
  const minikube = choose('minikube', MINIKUBE_RELEASES, options.provider === 'minikube', options.minikube)

  let best: { candidate: Candidate; conflicts: readonly VersionConflict[]; weight: number } | undefined
  for (const parts of combine(
    istio.options,
    linkerd.options,
    gatewayApi.options,
    kind.options,
    minikube.options,
  ))
    for (const kubernetes of kubernetesOptions(options, parts.kind)) {
      const candidate: Candidate = { ...parts, ...(kubernetes === undefined ? {} : { kubernetes }) }
      const conflicts = findVersionConflicts(candidate, options)
      const weight = weigh(conflicts.filter(each => each.severity !== 'info'))
      if (!best || weight < best.weight || (weight === best.weight && isNewer(candidate, best.candidate)))
        best = { candidate, conflicts, weight }
    }
  const unknown = [istio, linkerd, gatewayApi, kind, minikube].flatMap(each => each.unknown ?? [])
  const candidate = best?.candidate ?? {}
  return {
    set: nameSet(candidate, options),
    conflicts: [...(best?.conflicts ?? []), ...unknown],
    avoided: findAvoided(candidate, options),
  }
}

function* combine(
  istios: readonly Candidate['istio'][],
  linkerds: readonly Candidate['linkerd'][],
  gatewayApis: readonly Candidate['gatewayApi'][],
  kinds: readonly Candidate['kind'][],
  minikubes: readonly Candidate['minikube'][],
): Generator<Candidate> {
  for (const istio of istios)
    for (const linkerd of linkerds)
      for (const gatewayApi of gatewayApis)
        for (const kind of kinds)
          for (const minikube of minikubes)
            yield {
              ...(istio && { istio }),
              ...(linkerd && { linkerd }),
              ...(gatewayApi && { gatewayApi }),
              ...(kind && { kind }),
              ...(minikube && { minikube }),
            }
}

/** A requested version of an unknown line is kept: the user may know better than the tables. */
function nameSet(
  { kubernetes, istio, linkerd, gatewayApi, kind, minikube }: Candidate,
  options: VersionOptions,
): VersionSet {
  const image = kind?.images.find(each => each.kubernetes === kubernetes)?.image
  const named = {
    kubernetes,
    istio: istio?.version ?? (options.meshes.includes('istio') ? options.istio : undefined),
    linkerd: linkerd?.version ?? (options.meshes.includes('linkerd') ? options.linkerd : undefined),
    gatewayApi: gatewayApi?.version ?? options.gatewayApi,
    kind: kind?.version ?? (options.provider === 'kind' ? options.kind : undefined),
    nodeImage: image,
    minikube: minikube?.version ?? (options.provider === 'minikube' ? options.minikube : undefined),
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

/** What would be wrong with the Kubernetes that kind or minikube starts when none is named. */
function findAvoided(candidate: Candidate, options: VersionOptions): readonly VersionConflict[] {
  const { kind, minikube, kubernetes } = candidate
  const tool = kind ? `kind ${kind.version}` : `minikube ${minikube?.version ?? ''}`
  const byDefault = kind?.images[0].kubernetes ?? minikube?.defaultKubernetes
  if (byDefault === undefined || byDefault === kubernetes || options.kubernetes !== undefined) return []
  return findVersionConflicts({ ...candidate, kubernetes: byDefault }, options)
    .filter(({ code, severity }) => code.startsWith('kubernetes-') && severity !== 'info')
    .map(conflict => ({
      ...conflict,
      message: `By itself ${tool} starts Kubernetes ${byDefault}: ${conflict.message}`,
    }))
}

function unreadable(text: string): VersionResolution {
  return {
    set: {},
    avoided: [],
    conflicts: [
      {
        code: 'unknown-version',
        severity: 'error',
        message: `${JSON.stringify(text)} is not a version`,
        hint: 'Write it as 1.35.8 or 1.35.',
        sources: [],
      },
    ],
  }
}
