import type { JsonSchema } from '../../domain/schema/json-schema.ts'
import type { SchemaBundle } from '../../shared/contract/resources.ts'
import { yamlService } from './monaco.ts'

/** The same bundle is given again by every editor that opens. */
let current: SchemaBundle | undefined

/**
 * One schema for all kinds, so that each document of a file is checked by its own: the enums complete `apiVersion` and
 * `kind`, and each `if` picks what belongs to the document.
 */
export function toDocumentSchema(bundle: SchemaBundle): JsonSchema {
  const distinct = (values: string[]): string[] => [...new Set(values)].sort()
  return {
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: {
      apiVersion: {
        description: 'The group and version of the object, for example networking.istio.io/v1.',
        enum: distinct(bundle.kinds.map(({ apiVersion }) => apiVersion)),
      },
      kind: {
        description: 'The type of the object, for example VirtualService.',
        enum: distinct(bundle.kinds.map(({ kind }) => kind)),
      },
    },
    allOf: bundle.kinds.map(({ apiVersion, kind, schema }) => ({
      if: {
        required: ['apiVersion', 'kind'],
        properties: { apiVersion: { const: apiVersion }, kind: { const: kind } },
      },
      then: schema,
    })),
    definitions: bundle.definitions,
  }
}

/** Makes the editors complete and check by this bundle. Restarts the YAML worker, so it does nothing for the same one. */
export async function setSchemas(bundle: SchemaBundle): Promise<void> {
  if (bundle === current) return
  current = bundle
  await yamlService.update({
    schemas: [
      {
        uri: `mesh-workbench://schemas/${bundle.source}.json`,
        fileMatch: ['*'],
        // monaco-yaml's type is the same draft 7 with mutable arrays.
        schema: toDocumentSchema(bundle) as NonNullable<
          ReturnType<typeof yamlService.getOptions>['schemas']
        >[number]['schema'] & {},
      },
    ],
  })
}
