import { fieldsOf } from '../../istio/fields/read-fields.ts'

/** One finding of `istioctl x precheck`. */
export interface PrecheckFinding {
  /** `IST0123`. */
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  /** `Namespace default`. */
  readonly origin: string
  /** Always https. */
  readonly url?: string
}

const SEVERITIES = { Error: 'error', Warning: 'warning', Info: 'info' } as const

/**
 * Reads the output of `istioctl x precheck -o json`: a list of messages, or, where it found nothing, a sentence on the
 * other stream and no list. Undefined where it is neither. Source: istio, istioctl/pkg/precheck/precheck.go
 */
export function readPrecheck(stdout: string): readonly PrecheckFinding[] | undefined {
  const text = stdout.trim()
  if (text === '' || text.startsWith('✔')) return []
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(found)) return undefined
  return found.map(fieldsOf).map(({ code, level, message, origin, documentationUrl }) => ({
    code: typeof code === 'string' ? code : '',
    severity: isLevel(level) ? SEVERITIES[level] : 'info',
    message: typeof message === 'string' ? message : '',
    origin: typeof origin === 'string' ? origin : '',
    ...(typeof documentationUrl === 'string' && documentationUrl.startsWith('https://')
      ? { url: documentationUrl }
      : {}),
  }))
}

const isLevel = (level: unknown): level is keyof typeof SEVERITIES =>
  typeof level === 'string' && Object.hasOwn(SEVERITIES, level)
