import { ProblemError } from '../domain/problem.ts'
import type { RoutingRequest } from '../domain/routing/request.ts'
import { fieldsOf } from '../domain/istio/fields/read-fields.ts'
import { readRequest } from '../domain/simulation/read-request.ts'
import type { SimulatedMesh } from '../domain/simulation/simulated-mesh.ts'
import { formatPath } from '../domain/yaml/path.ts'
import { fileTitle, readText } from './read-text.ts'

export interface NumberedRequest {
  readonly id: string | number
  readonly request: RoutingRequest
}

export interface Requests {
  readonly requests: readonly NumberedRequest[]
  /** One sentence each, for standard error. */
  readonly notes: readonly string[]
}

/** Reads requests, one a line as JSON; empty lines are passed over. Throws with the line where one cannot be read. */
export async function readRequests(file: string, simulated: SimulatedMesh): Promise<Requests> {
  const requests: NumberedRequest[] = []
  const notes: string[] = []
  const lines = (await readText(file)).split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const place = `${fileTitle(file)}:${String(index + 1)}`
    const value = parseLine(line, place)
    const { request, problems } = readRequest(value, simulated)
    for (const { message, hint, path, isUnknownField } of problems) {
      const at = path.length === 0 || isUnknownField === true ? '' : `${formatPath(path)}: `
      if (isUnknownField !== true)
        throw new ProblemError({
          code: 'bad-input',
          message: `${place}: ${at}${message}`,
          ...(hint === undefined ? {} : { hint }),
        })
      notes.push(`${place}: ${message}, it is passed over. ${hint ?? ''}`)
    }
    const id = fieldsOf(value)['id']
    if (request !== undefined)
      requests.push({
        id: typeof id === 'string' || typeof id === 'number' ? id : String(index + 1),
        request,
      })
  }
  return { requests, notes }
}

function parseLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ProblemError({
      code: 'bad-input',
      message: `${place}: the line is not JSON: ${why}`,
      hint: 'Write one request a line, for example {"id": "1", "url": "http://myapp/"}',
    })
  }
}
