import { compact, optionalFields } from '../istio/fields/read-fields.ts'
import { parseDuration } from '../routing/route/duration.ts'
import type { Outcome, RejectionReason } from '../routing/decision.ts'
import { closestWord } from '../simulation/closest-word.ts'
import type { FieldProblem } from '../simulation/read-request.ts'
import { unknownFields } from '../simulation/read-request.ts'
import type { Path } from '../yaml/path.ts'
import type { ExpectedDestination, ExpectedRetries, Expectation } from './route-test.ts'

type Fields = Readonly<Record<string, unknown>>

const OUTCOMES: readonly Outcome[] = ['forwarded', 'redirected', 'direct-response', 'aborted', 'rejected']
const REASONS: readonly RejectionReason[] = [
  'no-listener',
  'no-filter-chain',
  'no-virtual-host',
  'no-route',
  'tls-redirect',
  'tls-error',
  'mtls-error',
  'protocol-error',
  'denied',
  'no-destination',
]
const DESTINATION_FIELDS = ['host', 'port', 'subset', 'weight']
const FIELDS = [
  'outcome',
  'reason',
  'status',
  'route',
  'rule',
  'destination',
  'subset',
  'port',
  'weight',
  'destinations',
  'host',
  'path',
  'headers',
  'location',
  'timeout',
  'retries',
  'denied',
  'by',
]

/** Reads the `expect` of a test; paths of problems begin inside it. */
export function readExpectation(value: unknown): {
  readonly expectation: Expectation
  readonly problems: readonly FieldProblem[]
} {
  const reader = new ExpectationReader()
  return { expectation: reader.read(value), problems: reader.problems }
}

class ExpectationReader {
  readonly problems: FieldProblem[] = []

  read(value: unknown): Expectation {
    const fields = optionalFields(value)
    if (fields === undefined || Object.keys(fields).length === 0) {
      this.#refuse([], 'The test expects nothing', 'Add "expect" with at least one of its fields')
      return {}
    }
    this.problems.push(...unknownFields(fields, FIELDS, []))
    return compact({
      outcome: this.#oneOf(fields, 'outcome', OUTCOMES),
      reason: this.#oneOf(fields, 'reason', REASONS),
      status: this.#number(fields, 'status', 100, 599),
      route: this.#name(fields, 'route'),
      rule: this.#rule(fields),
      destination: this.#destination(fields),
      destinations: this.#destinations(fields['destinations']),
      host: this.#text(fields, 'host'),
      path: this.#text(fields, 'path'),
      headers: this.#headers(fields['headers']),
      location: this.#text(fields, 'location'),
      timeout: this.#duration(fields, 'timeout', []),
      retries: this.#retries(fields['retries']),
      denied: this.#flag(fields, 'denied'),
      by: this.#name(fields, 'by'),
    })
  }

  /** `destination: myapp:80` with `subset` and `weight` beside it, for one of the destinations. */
  #destination(fields: Fields): ExpectedDestination | undefined {
    const own = ['destination', 'subset', 'port', 'weight'].some(name => fields[name] !== undefined)
    if (!own) return undefined
    const text = this.#text(fields, 'destination')
    const [, host = text, port] = /^(.+):(\d+)$/.exec(text ?? '') ?? []
    return compact({
      host,
      port: this.#number(fields, 'port', 1, 65_535) ?? (port === undefined ? undefined : Number(port)),
      subset: this.#text(fields, 'subset', [], true),
      weight: this.#number(fields, 'weight', 0, Number.MAX_SAFE_INTEGER),
    })
  }

  #destinations(value: unknown): readonly ExpectedDestination[] | undefined {
    if (value === undefined) return undefined
    if (!Array.isArray(value)) {
      this.#refuse(['destinations'], '"destinations" is not a list', 'Use "destination" for a single one')
      return undefined
    }
    return value.map((item: unknown, index) => {
      const path: Path = ['destinations', index]
      const fields = optionalFields(item)
      if (fields === undefined) {
        this.#refuse(path, `A destination is a map of ${DESTINATION_FIELDS.join(', ')}`)
        return {}
      }
      this.problems.push(...unknownFields(fields, DESTINATION_FIELDS, path))
      return compact({
        host: this.#text(fields, 'host', path),
        port: this.#number(fields, 'port', 1, 65_535, path),
        subset: this.#text(fields, 'subset', path, true),
        weight: this.#number(fields, 'weight', 0, Number.MAX_SAFE_INTEGER, path),
      })
    })
  }

  #headers(value: unknown): Readonly<Record<string, string | null>> | undefined {
    if (value === undefined) return undefined
    const fields = optionalFields(value)
    if (fields === undefined) {
      this.#refuse(['headers'], '"headers" is not a map of names and texts')
      return undefined
    }
    const headers: [string, string | null][] = []
    for (const [name, item] of Object.entries(fields))
      if (item === null) headers.push([name.toLowerCase(), null])
      else if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
        headers.push([name.toLowerCase(), String(item)])
      else
        this.#refuse(['headers', name], `The header ${name} is not a text`, 'Use null for an absent header')
    return Object.fromEntries(headers)
  }

  #retries(value: unknown): ExpectedRetries | undefined {
    if (value === undefined) return undefined
    if (typeof value === 'number')
      return compact({ attempts: this.#number({ retries: value }, 'retries', 0, 1000) })
    const fields = optionalFields(value)
    if (fields === undefined) {
      this.#refuse(['retries'], '"retries" is a number of attempts, or a map with "attempts"')
      return undefined
    }
    this.problems.push(...unknownFields(fields, ['attempts', 'perTryTimeout', 'retryOn'], ['retries']))
    return compact({
      attempts: this.#number(fields, 'attempts', 0, 1000, ['retries']),
      perTryTimeout: this.#duration(fields, 'perTryTimeout', ['retries']),
      retryOn: this.#text(fields, 'retryOn', ['retries']),
    })
  }

  #rule(fields: Fields): string | number | undefined {
    const { rule } = fields
    if (rule === undefined || typeof rule === 'string') return rule
    return this.#number(fields, 'rule', 0, Number.MAX_SAFE_INTEGER)
  }

  /** `name`, `namespace/name` or `Kind namespace/name`. */
  #name(fields: Fields, name: string): string | undefined {
    const text = this.#text(fields, name)
    if (text !== undefined && !/^(?:[A-Za-z]+ )?(?:[^\s/]+\/)?[^\s/]+$/.test(text))
      this.#refuse(
        [name],
        `"${name}" is ${JSON.stringify(text)}, not the name of an object`,
        'Write it as default/myapp, or with its kind: HTTPRoute default/myapp',
      )
    return text
  }

  #text(fields: Fields, name: string, path: Path = [], mayBeEmpty = false): string | undefined {
    const value = fields[name]
    if (value === undefined) return undefined
    if (typeof value === 'string' && (mayBeEmpty || value !== '')) return value
    this.#refuse([...path, name], `"${name}" is ${JSON.stringify(value)}, not a text`)
    return undefined
  }

  #number(fields: Fields, name: string, from: number, to: number, path: Path = []): number | undefined {
    const value = fields[name]
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value
    const range =
      to === Number.MAX_SAFE_INTEGER ? `${String(from)} or more` : `${String(from)} to ${String(to)}`
    this.#refuse([...path, name], `"${name}" is ${JSON.stringify(value)}, not a whole number from ${range}`)
    return undefined
  }

  #flag(fields: Fields, name: string): boolean | undefined {
    const value = fields[name]
    if (value === undefined || typeof value === 'boolean') return value
    this.#refuse([name], `"${name}" is ${JSON.stringify(value)}, not true or false`)
    return undefined
  }

  #duration(fields: Fields, name: string, path: Path): string | undefined {
    const text = this.#text(fields, name, path)
    if (text !== undefined && text !== 'none' && parseDuration(text) === undefined)
      this.#refuse(
        [...path, name],
        `"${name}" is ${JSON.stringify(text)}, not a duration`,
        'Write it as 10s or 500ms, or none',
      )
    return text
  }

  #oneOf<const Value extends string>(
    fields: Fields,
    name: string,
    known: readonly Value[],
  ): Value | undefined {
    const value = fields[name]
    if (value === undefined) return undefined
    const found = known.find(item => item === value)
    if (found !== undefined) return found
    const near = typeof value === 'string' ? closestWord(value, known) : undefined
    this.#refuse(
      [name],
      `"${name}" is ${JSON.stringify(value)}, not one of ${known.join(', ')}`,
      near === undefined ? undefined : `Did you mean "${near}"?`,
    )
    return undefined
  }

  #refuse(path: Path, message: string, hint?: string): void {
    this.problems.push({ path, message, ...(hint === undefined ? {} : { hint }) })
  }
}
