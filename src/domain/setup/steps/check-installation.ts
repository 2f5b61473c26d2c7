import { ProblemError } from '../../problem.ts'
import type { MeshName } from '../versions/version-set.ts'
import { nameOfMesh } from './mesh-name.ts'

/** An installation of a mesh that is in a cluster. */
export interface ExistingInstallation {
  readonly namespace: string
  readonly version?: string
  readonly managedBy: string
}

/** What an installer does about an installation that is there: stop, go over it as the user has seen, or leave it. */
export type IfInstalled = 'reject' | 'overwrite' | 'keep'

export interface InstallationQuestion {
  readonly mesh: MeshName
  /** The installation that would be gone over; undefined where there is none. */
  readonly existing: ExistingInstallation | undefined
  /** Whether an earlier run of the app began it and did not finish. */
  readonly isBegun: boolean
  readonly ifInstalled: IfInstalled
}

/** Whether labels and annotations name Helm, which loses what is changed behind its back. */
export const isByHelm = ({ managedBy }: Pick<ExistingInstallation, 'managedBy'>): boolean =>
  /helm/i.test(managedBy)

/** The tool by which the app changes a mesh; what another one manages, that one changes back. */
const isOwnTool = (mesh: MeshName, installation: ExistingInstallation): boolean =>
  mesh === 'istio' ? installation.managedBy === 'istioctl' : !isByHelm(installation)

/**
 * Whether a mesh is installed, or the one that is there is kept. A problem where neither may be done: the installation
 * is somebody else's, or the user has not seen what would change.
 */
export function checkInstallation({
  mesh,
  existing,
  isBegun,
  ifInstalled,
}: InstallationQuestion): 'install' | 'keep' {
  if (!existing) return 'install'
  const { version = '', namespace, managedBy } = existing
  const isOurs = isOwnTool(mesh, existing)
  if (isBegun && isOurs) return 'install'
  if (ifInstalled === 'keep') return 'keep'
  const name = [nameOfMesh(mesh), version].filter(Boolean).join(' ')
  if (!isOurs)
    throw new ProblemError({
      code: 'unsupported',
      message: `${name} in ${namespace} was installed with ${managedBy}, so it is not changed here`,
      hint:
        mesh === 'istio'
          ? 'Change it with its own tool, or install another revision beside it.'
          : 'Change it with its own tool.',
    })
  if (ifInstalled === 'overwrite') return 'install'
  throw new ProblemError({
    code: 'conflict',
    message: `${name} is already installed in ${namespace}`,
    hint:
      mesh === 'istio'
        ? 'Open the preview first; then change the installation.'
        : 'Upgrade it, or uninstall it first.',
  })
}

/** A problem where a cluster has another mesh than the one that is to be installed. */
export function requireNoOtherMesh(
  mesh: MeshName,
  found: readonly (ExistingInstallation & { readonly mesh: MeshName })[],
): void {
  const other = found.find(each => each.mesh !== mesh)
  if (!other) return
  const name = [nameOfMesh(other.mesh), other.version].filter(Boolean).join(' ')
  throw new ProblemError({
    code: 'conflict',
    message: `The cluster already has ${name} in ${other.namespace}. Two meshes in one cluster interfere with each other`,
    hint: 'Choose another cluster, or uninstall the other mesh first.',
  })
}
