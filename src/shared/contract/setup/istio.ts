import * as v from 'valibot'
import type { PlannedLoss } from '../../../domain/setup/istio/planned-losses.ts'
import type { PrecheckFinding } from '../../../domain/setup/istio/read-precheck.ts'
import { call } from '../../rpc/contract.ts'
import type { ChangeStep } from '../changes.ts'
import { defineTask } from '../define-task.ts'
import { contextSchema, input } from '../input.ts'

/** One control plane of Istio, whoever installed it. */
export interface IstioInstallation {
  readonly namespace: string
  /** `default` where it has no name. */
  readonly revision: string
  readonly version?: string
  readonly profile: string
  /** An IstioOperator that makes the same installation again, read from what istioctl leaves in the cluster. */
  readonly options: string
  /** Whether the values that it was given are kept in the cluster; without them the options hold only its parts. */
  readonly hasValues: boolean
  /** `istioctl`, `Helm`, `Kustomize`: as its labels tell it. */
  readonly managedBy: string
  /** Whether the app may change it: with istioctl, what istioctl installed. */
  readonly isByIstioctl: boolean
  /** Whether the app may remove it: also what was applied with kubectl and what nothing restores. */
  readonly isRemovable: boolean
  readonly isReady: boolean
  /** Tags that point to it; `default` is meant by `istio-injection=enabled`. */
  readonly tags: readonly string[]
  /** Namespaces whose new pods it injects. */
  readonly namespaces: readonly string[]
  /** Pods whose proxy it configures: sidecars, gateways, waypoints and ztunnels. */
  readonly proxies: number
  /** Of these, the pods that stay behind with a proxy when it is removed: sidecars, and gateways that are not its own. */
  readonly dependents: number
  /** Whether it runs ztunnel, so that pods are in the mesh without a sidecar. */
  readonly hasAmbient: boolean
}

export interface IstioState {
  readonly installations: readonly IstioInstallation[]
  /** `linkerd 2.20 in linkerd`. */
  readonly otherMeshes: readonly string[]
  /** What the tables of versions say against the newest Istio on this cluster, a sentence each. */
  readonly conflicts: readonly string[]
}

/** What an action would do, before anything is done. */
export interface IstioPlan {
  readonly changes: readonly ChangeStep[]
  readonly warnings: readonly string[]
  /** Deletions of what is in use. */
  readonly losses: readonly PlannedLoss[]
  /** What an uninstall leaves, a sentence each. */
  readonly stays: readonly string[]
}

const version = v.exactOptional(v.string())
const revision = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'A revision has small letters, digits and dashes'),
)

const installSchema = v.object({
  context: v.string(),
  /** An IstioOperator, as `istioctl install -f` takes it. */
  options: v.string(),
  /** A mesh-wide Telemetry that is applied after it, as YAML. */
  telemetry: v.exactOptional(v.string()),
  /** The user has seen what changes in the installation of this revision that is there. */
  confirmsOverwrite: v.exactOptional(v.boolean()),
  /** Of istioctl; the one that is used where absent. */
  version,
})

/** One revision, or with none all of Istio. */
const uninstallSchema = v.object({
  context: v.string(),
  revision: v.exactOptional(revision),
  /** Also the CRDs, and with them every object of Istio in every namespace. */
  hasCrds: v.exactOptional(v.boolean()),
  /** Also the namespace istio-system, with the certificate authority. */
  hasNamespace: v.exactOptional(v.boolean()),
  version,
})

/** The revision that a tag points to; without one the tag is removed. */
const tagSchema = v.object({
  context: v.string(),
  tag: revision,
  revision: v.exactOptional(revision),
  version,
})

export type IstioInstall = v.InferOutput<typeof installSchema>
export type IstioUninstall = v.InferOutput<typeof uninstallSchema>

const subjectOf = ({ context }: { readonly context: string }) => ({ context, mesh: 'istio' as const })

export const istioInstall = defineTask('istio-install', { input: installSchema, subjectOf })
export const istioUninstall = defineTask('istio-uninstall', { input: uninstallSchema, subjectOf })
export const istioTag = defineTask('istio-tag', { input: tagSchema, subjectOf })

/** Istio in a cluster: state, checks and previews. What changes a cluster is a task. */
export const istio = {
  readIstio: call(input(contextSchema)).returns<IstioState>(),
  /** `istioctl x precheck`: what speaks against an installation or an upgrade. */
  precheckIstio: call(input(v.object({ ...contextSchema.entries, version }))).returns<
    readonly PrecheckFinding[]
  >(),
  /** What an action would create, change and delete. Nothing changes. */
  planIstio: call(
    input(
      v.variant('action', [
        v.object({ action: v.literal('install'), ...installSchema.entries }),
        v.object({ action: v.literal('uninstall'), ...uninstallSchema.entries }),
      ]),
    ),
  ).returns<IstioPlan>(),
}
