import { isRecord } from '../../is-record.ts'
/** How far a run of minikube is. */
export interface MinikubeProgress {
  readonly step: string
  /** 0 to 1; absent where minikube does not number the step. */
  readonly progress?: number
}

/** The error with which a run of minikube ended, as it names it. */
export interface MinikubeError {
  /** `PROVIDER_DOCKER_NOT_FOUND`; empty where an older minikube names none. */
  readonly id: string
  readonly exitCode?: number
  readonly message: string
  readonly advice?: string
  readonly url?: string
}

interface Event {
  readonly type: string
  readonly data: Readonly<Record<string, string>>
}

const PREFIX = 'io.k8s.sigs.minikube.'
/**
 * One line of `minikube start --output json`: a CloudEvent whose data is a map of texts; undefined for anything else.
 * Source: minikube, pkg/minikube/out/register/{cloud_events,log}.go
 */
function readEvent(line: string): Event | undefined {
  if (!line.startsWith('{')) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    // minikube writes log lines between its events.
    return undefined
  }
  if (!isRecord(parsed) || typeof parsed['type'] !== 'string' || !isRecord(parsed['data'])) return undefined
  if (!parsed['type'].startsWith(PREFIX)) return undefined
  const data = Object.fromEntries(
    Object.entries(parsed['data']).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  return { type: parsed['type'].slice(PREFIX.length), data }
}

/** Its texts begin with pictures, and may span lines. */
const clean = (text: string): string =>
  text
    .replace(/[\p{Extended_Pictographic}\uFE0F\u200D]/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/\s*\.\.\.$/, '')
    .trim()

const part = (data: Event['data']): number | undefined => {
  const [current, total] = [Number(data['currentstep']), Number(data['totalsteps'])]
  return data['currentstep'] !== '' && current >= 0 && total > 0 ? Math.min(1, current / total) : undefined
}

/** Reads one line of minikube's output; undefined where it reports no progress. */
export function readMinikubeProgress(line: string): MinikubeProgress | undefined {
  const event = readEvent(line)
  if (!event) return undefined
  const { type, data } = event
  const progress = part(data)
  const numbered = progress === undefined ? {} : { progress }
  if (type === 'step') return { step: clean(data['message'] ?? data['name'] ?? ''), ...numbered }
  if (type === 'download') return { step: `Downloading ${clean(data['artifact'] ?? '')}`, ...numbered }
  if (type !== 'download.progress') return undefined
  const done = Number(data['progress'])
  const step = `Downloading ${clean(data['artifact'] ?? '')}${done >= 0 ? `: ${Math.round(done * 100)} %` : ''}`
  return { step, ...numbered }
}

/**
 * What a run of minikube failed of, from all that it printed: as an event, else as the line for people. Events of type
 * error without an exit code are only warnings that it wrote to standard error.
 */
export function readMinikubeError(output: string): MinikubeError | undefined {
  for (const line of output.split('\n').toReversed()) {
    const event = readEvent(line.trim())
    const { exitcode, name, id, message, advice, url } = event?.data ?? {}
    if (event?.type !== 'error' || exitcode === undefined) continue
    return {
      id: name ?? id ?? '',
      exitCode: Number(exitcode),
      message: clean(message ?? ''),
      ...(advice === undefined || advice === '' ? {} : { advice: clean(advice) }),
      ...(url === undefined || url === '' ? {} : { url }),
    }
  }
  const [, id, message] = /Exiting due to ([A-Z0-9_]+): (.*)/.exec(output) ?? []
  if (id === undefined) return undefined
  const advice = /Suggestion: (.*)/.exec(output)?.[1]
  const url = /Documentation: (\S+)/.exec(output)?.[1]
  return {
    id,
    message: clean(message ?? ''),
    ...(advice === undefined ? {} : { advice: clean(advice) }),
    ...(url === undefined ? {} : { url }),
  }
}
