import { ProblemError } from '../../domain/problem.ts'
import { schemasOfOpenApi, type OpenApiDocument } from '../../domain/schema/open-api.ts'
import type { SchemaBundle } from '../../shared/contract/resources.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { isBareStatus } from '../clusters/status-problem.ts'

/** The index of `/openapi/v3`: paths by group version, each address with a hash of its content. */
interface OpenApiIndex {
  readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: unknown } | null>> | null
}

const atOnce = 4
/** Clusters with many operators have about 150 group versions. */
const MAX_DOCUMENTS = 500

/** Reads and converts a cluster's schemas; only documents whose hash is new are fetched again. */
export function createSchemaReader(): {
  read(context: string, client: KubernetesClient, signal: AbortSignal): Promise<SchemaBundle>
} {
  const documents = new Map<string, Map<string, OpenApiDocument>>()
  const bundles = new Map<string, { readonly key: string; readonly bundle: SchemaBundle }>()

  return {
    async read(context, client, signal) {
      const index = (await client.readJson({ path: '/openapi/v3', signal })) as OpenApiIndex | null
      const urls = Object.entries(index?.paths ?? {})
        .filter(([path]) => /^apis?\/.*v\d/.test(path))
        .slice(0, MAX_DOCUMENTS)
        .map(([path, entry]) =>
          typeof entry?.serverRelativeURL === 'string' ? entry.serverRelativeURL : `/openapi/v3/${path}`,
        )
      const key = urls.join('\n')
      const known = bundles.get(context)
      if (known?.key === key) return known.bundle

      const old = documents.get(context)
      const fresh = new Map<string, OpenApiDocument>()
      const queue = [...urls]
      const work = async (): Promise<void> => {
        for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
          const document = old?.get(url) ?? (await readDocument(client, url, signal))
          if (document) fresh.set(url, document)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      // In the index's order: where a name stands twice the first one counts.
      const ordered = urls.map(url => fresh.get(url)).filter(document => document !== undefined)
      const bundle: SchemaBundle = { source: 'cluster', ...schemasOfOpenApi(ordered) }
      documents.set(context, fresh)
      bundles.set(context, { key, bundle })
      return bundle
    },
  }
}

/** Only the schemas of a document are kept, not its paths. An aggregated API that is down is left out. */
async function readDocument(
  client: KubernetesClient,
  path: string,
  signal: AbortSignal,
): Promise<OpenApiDocument | undefined> {
  try {
    const document = (await client.readJson({ path, signal })) as OpenApiDocument | null
    const schemas = Object.entries(document?.components?.schemas ?? {}).filter(
      // What is no schema says nothing of any kind.
      ([, schema]) => typeof (schema as unknown) === 'object' && (schema as unknown) !== null,
    )
    return { components: { schemas: Object.fromEntries(schemas) } }
  } catch (error) {
    if (error instanceof ProblemError && ['not-found', 'forbidden'].includes(error.problem.code))
      return undefined
    if (error instanceof ProblemError && isBareStatus(error.problem, 503)) return undefined
    throw error
  }
}
