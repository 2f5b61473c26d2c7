import * as v from 'valibot'
import { readClusterName } from '../../../domain/setup/clusters/kind-config.ts'
import { LOCAL_PROVIDERS } from '../../../domain/setup/clusters/local-cluster.ts'
import { contextOfTarget, LOCAL_MESH_PROFILES } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { defineTask } from '../define-task.ts'

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const text = v.pipe(v.string(), v.nonEmpty())

const target = v.variant('kind', [
  v.object({ kind: v.literal('existing'), context: text }),
  v.object({
    kind: v.picklist(LOCAL_PROVIDERS),
    name: v.pipe(v.string(), v.transform(readClusterName)),
    /** The cluster's configuration, as the user left it. */
    config: text,
    ports: v.object({ http: port, https: port }),
  }),
])

const link = v.object({
  title: v.string(),
  url: v.string(),
  /** It answers only while the app runs. */
  isForward: v.boolean(),
})

/** Where something that a task made can be opened. */
export type TaskLink = Readonly<v.InferOutput<typeof link>>

/** "Local mesh": from a laptop with a container engine, or a cluster, to a mesh with add-ons and an app with traffic. */
export const localMesh = defineTask('local-mesh', {
  input: v.object({
    target,
    mesh: v.picklist(['istio', 'linkerd']),
    profile: v.picklist(LOCAL_MESH_PROFILES),
    // It becomes part of an address and of a file's name.
    gatewayApi: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/, 'This is not a version of the Gateway API')),
    /** A file of the Gateway API's CRDs instead of the download. */
    gatewayApiFile: v.exactOptional(text),
    /** How long pods may take to get ready, in seconds. */
    readyWithin: v.pipe(v.number(), v.gtValue(0)),
  }),
  outcome: v.object({
    /** The context that it made or worked in. */
    context: v.string(),
    links: v.pipe(v.array(link), v.readonly()),
    /** What is not as it should be though all steps are done, a sentence each. */
    warnings: v.pipe(v.array(v.string()), v.readonly()),
  }),
  subjectOf: ({ target: place, mesh }) => ({
    context: contextOfTarget(place),
    mesh,
    ...(place.kind === 'existing' ? {} : { cluster: { provider: place.kind, name: place.name } }),
  }),
})

export type LocalMeshSummary = ReturnType<typeof localMesh.summarize>
