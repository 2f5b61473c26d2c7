import * as v from 'valibot'
import type {
  CertificateFacts,
  MeshCertificate,
} from '../../../domain/setup/certificates/mesh-certificate.ts'
import type { FoundGatewayApi, GatewayApiPlan } from '../../../domain/setup/linkerd/plan-gateway-api.ts'
import type { LinkerdCheck } from '../../../domain/setup/linkerd/read-linkerd-check.ts'
import type { Problem } from '../../../domain/problem.ts'
import { call } from '../../rpc/contract.ts'
import type { ChangeStep } from '../changes.ts'
import { defineTask } from '../define-task.ts'
import { contextSchema, input } from '../input.ts'

/** Linkerd in a cluster, whoever installed it. */
export interface LinkerdState {
  readonly installation?: {
    readonly namespace: string
    readonly version?: string
    /** `linkerd/cli edge-26.8.3`, `Helm`. */
    readonly managedBy: string
    readonly isHighAvailability: boolean
    /** Installed with Helm, so it is changed with Helm. */
    readonly isByHelm: boolean
  }
  readonly viz?: { readonly namespace: string; readonly version?: string }
  readonly gatewayApi?: FoundGatewayApi
  /** Pods with its proxy, outside of the control plane and its extensions. */
  readonly meshedPods: number
  /** Other meshes of the cluster: `Istio 1.31.0 in istio-system`. */
  readonly otherMeshes: readonly string[]
  readonly certificates: readonly MeshCertificate[]
  /** Why there are no certificates, or not all: usually missing permission to read Secrets. */
  readonly certificatesProblem?: Problem
}

/** What an action would do, before anything is done. */
export interface LinkerdPlan {
  readonly gatewayApi?: GatewayApiPlan
  readonly changes: readonly ChangeStep[]
  readonly warnings: readonly string[]
  /** What an uninstall leaves, a sentence each. */
  readonly stays: readonly string[]
  /** Why the action is not done unless it is forced: pods would lose their control plane. */
  readonly blocker?: Problem
}

export interface PreparedIdentity {
  /** Names it in the input of `linkerd-install`; its key stays in the backend's memory, for an hour. */
  readonly id: string
  readonly anchors: readonly CertificateFacts[]
  readonly issuer: CertificateFacts
  /** Of a made trust anchor, in PEM: shown once and kept nowhere. The next issuer is signed with it. */
  readonly anchorKey?: string
  /** The made trust anchor itself, in PEM. */
  readonly anchor?: string
}

const versionSchema = v.exactOptional(v.string())
const gatewayApiFile = v.exactOptional(v.string())

/** No keys: a task's input is on the disk. */
const installSchema = v.object({
  context: v.string(),
  /** Of the linkerd program; the one that is used where absent. */
  version: versionSchema,
  isHighAvailability: v.boolean(),
  hasViz: v.boolean(),
  /** From `prepareLinkerdIdentity`; without it an anchor and an issuer are made and the anchor's key is not kept. */
  identity: v.exactOptional(v.string()),
  /** A file of the Gateway API's CRDs instead of the download. */
  gatewayApiFile,
})

const upgradeSchema = v.object({ context: v.string(), version: versionSchema, gatewayApiFile })
const uninstallSchema = v.object({
  context: v.string(),
  /** Though pods with its proxies are left, which then get no new certificates. */
  isForced: v.exactOptional(v.boolean()),
})
const vizSchema = v.object({ context: v.string(), isOn: v.boolean(), version: versionSchema })

export type LinkerdInstall = v.InferOutput<typeof installSchema>
export type LinkerdUpgrade = v.InferOutput<typeof upgradeSchema>
export type LinkerdUninstall = v.InferOutput<typeof uninstallSchema>
export type LinkerdViz = v.InferOutput<typeof vizSchema>

const subjectOf = ({ context }: { readonly context: string }) => ({ context, mesh: 'linkerd' as const })

export const linkerdInstall = defineTask('linkerd-install', { input: installSchema, subjectOf })
export const linkerdUpgrade = defineTask('linkerd-upgrade', { input: upgradeSchema, subjectOf })
export const linkerdUninstall = defineTask('linkerd-uninstall', { input: uninstallSchema, subjectOf })
export const linkerdViz = defineTask('linkerd-viz', { input: vizSchema, subjectOf })

const actionSchema = v.variant('action', [
  v.object({ action: v.literal('install'), ...installSchema.entries }),
  v.object({ action: v.literal('upgrade'), ...upgradeSchema.entries }),
  v.object({ action: v.literal('uninstall'), ...uninstallSchema.entries }),
  v.object({ action: v.literal('viz'), ...vizSchema.entries }),
])
export type LinkerdAction = v.InferOutput<typeof actionSchema>

const identitySchema = v.variant('kind', [
  v.object({ kind: v.literal('made') }),
  v.object({ kind: v.literal('given'), anchors: v.string(), certificate: v.string(), key: v.string() }),
])

/** Linkerd in a cluster: state, checks and previews. What changes a cluster is a task. */
export const linkerd = {
  readLinkerd: call(input(contextSchema)).returns<LinkerdState>(),
  /** `linkerd check`, or with `isBefore` whether the cluster is fit for an installation. Any result is a list. */
  checkLinkerd: call(
    input(v.object({ ...contextSchema.entries, isBefore: v.boolean(), version: versionSchema })),
  ).returns<readonly LinkerdCheck[]>(),
  /** What an action would create, change and delete. Nothing changes. */
  planLinkerd: call(input(actionSchema)).returns<LinkerdPlan>(),
  /** Makes a trust anchor and an issuer, or checks those given; `bad-input` names the field that is wrong. */
  prepareLinkerdIdentity: call(input(identitySchema)).returns<PreparedIdentity>(),
  /** The certificates of the identities of all meshes in a cluster: public parts, and how long they are valid. */
  readMeshCertificates: call(input(contextSchema)).returns<{
    readonly certificates: readonly MeshCertificate[]
    readonly problem?: Problem
  }>(),
}
