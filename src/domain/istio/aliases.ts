import { memoize } from './memoize.ts'
import type { Mesh } from './mesh.ts'
import type { MeshService } from './service.ts'

interface Aliases {
  /** The host that an alias means in the end, by the alias's host. */
  readonly targets: ReadonlyMap<string, string>
  /** The aliases of a host. */
  readonly byTarget: ReadonlyMap<string, readonly MeshService[]>
}

/**
 * What ExternalName Services stand for: the host at the end of a chain of names, as far as the mesh knows it. An alias of
 * a name that the mesh does not know means nothing to it. Whom an alias is exported to does not count.
 * Source: `resolveServiceAliases` in istio's pilot/pkg/model/push_context.go.
 */
const aliasesOf = memoize((mesh: Mesh): Aliases => {
  const byHost = new Map(mesh.aliases.map(alias => [alias.host, alias]))
  const targets = new Map<string, string>()
  const byTarget = new Map<string, MeshService[]>()
  for (const alias of mesh.aliases) {
    const seen = new Set<string>()
    let at: MeshService | undefined = alias
    let target = ''
    while (at !== undefined && !seen.has(at.host)) {
      seen.add(at.host)
      target = at.aliasFor ?? ''
      at = byHost.get(target)
    }
    const service = mesh.registry.get(target)
    if (service === undefined || service.aliasFor !== undefined) continue
    targets.set(alias.host, target)
    const known = byTarget.get(target)
    if (known === undefined) byTarget.set(target, [alias])
    else known.push(alias)
  }
  return { targets, byTarget }
})

/** The ExternalName Services that are other names of a host. */
export const namesFor = (mesh: Mesh, host: string): readonly MeshService[] =>
  mesh.aliases.length === 0 ? [] : (aliasesOf(mesh).byTarget.get(host) ?? [])

/** The ExternalName Service of a host, if it is one. */
export const aliasOf = (mesh: Mesh, host: string): MeshService | undefined =>
  mesh.aliases.length === 0 ? undefined : mesh.aliases.find(alias => alias.host === host)
