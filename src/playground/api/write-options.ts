import { badRequest, invalid } from '../objects/status-error.ts'
import type { ApiRequest } from './exchange.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  readonly isDryRun: boolean
  readonly manager: string
  readonly fieldValidation: FieldValidation
  /** Of a server-side apply: takes fields from other managers. */
  readonly isForced: boolean
  readonly subresource?: string
}

function readFieldValidation(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? ''
  // Warn is the default since Kubernetes 1.27.
  if (value === '') return 'Warn'
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
      field: 'fieldValidation',
    },
  ])
}

export function readDryRun(values: readonly string[]): boolean {
  const other = values.find(value => value !== 'All' && value !== '')
  if (other !== undefined)
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(other)}: supported values: "All"`)
  return values.includes('All')
}

/** Without a field manager the first part of the user agent counts, as in the real server. */
const managerOf = ({ query, headers }: ApiRequest): string =>
  query.get('fieldManager') || (headers['user-agent'] ?? '').split('/')[0] || 'unknown'

export const readWriteOptions = (request: ApiRequest, subresource?: string): WriteOptions => ({
  isDryRun: readDryRun(request.query.getAll('dryRun')),
  manager: managerOf(request),
  fieldValidation: readFieldValidation(request.query),
  isForced: request.query.get('force') === 'true',
  ...(subresource === undefined ? {} : { subresource }),
})
