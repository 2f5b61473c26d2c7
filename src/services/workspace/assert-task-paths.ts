import { resolve } from 'node:path'
import { isRecord } from '../../domain/is-record.ts'
import { ProblemError } from '../../domain/problem.ts'
import { readYamlDocuments } from '../../domain/yaml/read-yaml.ts'
import type { TaskRequest } from '../../shared/contract/tasks.ts'
import type { Grants } from './grants.ts'

const recordsOf = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

/** What a task uses on this machine because the window says so. */
interface TaskPaths {
  /** A file that it reads. */
  readonly read?: string
  /** A file that it makes a program of. */
  readonly program?: string
  /** The configuration of a cluster, which can mount folders. */
  readonly clusterConfig?: string
}

function pathsOf(request: TaskRequest): TaskPaths {
  switch (request.kind) {
    case 'tool-install':
      return request.input.file === undefined ? {} : { program: request.input.file }
    case 'image-load':
      return request.input.archive === undefined ? {} : { read: request.input.archive }
    case 'linkerd-install':
    case 'linkerd-upgrade':
      return request.input.gatewayApiFile === undefined ? {} : { read: request.input.gatewayApiFile }
    case 'cluster-create':
      return { clusterConfig: request.input.config }
    case 'local-mesh': {
      const { gatewayApiFile, target } = request.input
      return {
        ...(gatewayApiFile === undefined ? {} : { read: gatewayApiFile }),
        ...(target.kind === 'existing' ? {} : { clusterConfig: target.config }),
      }
    }
    default:
      return {}
  }
}

/** Throws `restricted` where a task that the window starts would use a path that the user has not granted. */
export async function assertTaskPaths(
  grants: Pick<Grants, 'resolveToRead' | 'assertProgram'>,
  request: TaskRequest,
): Promise<void> {
  const { read, program, clusterConfig } = pathsOf(request)
  if (program !== undefined) await grants.assertProgram(program)
  if (read !== undefined && read !== '') await grants.resolveToRead(read)
  if (clusterConfig !== undefined) await assertMounts(grants, clusterConfig)
}

/** A node of kind sees the folders of this machine that its configuration mounts. */
async function assertMounts(grants: Pick<Grants, 'resolveToRead'>, config: string): Promise<void> {
  for (const hostPath of findMounts(config)) {
    try {
      await grants.resolveToRead(hostPath)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      throw new ProblemError(
        {
          code: 'restricted',
          message: `The cluster would mount ${hostPath}, which is not in a folder that this window may use`,
          hint: error.problem.hint ?? '',
          at: 'config',
        },
        { cause: error },
      )
    }
  }
}

/** Source: https://kind.sigs.k8s.io/docs/user/configuration/#extra-mounts */
function findMounts(config: string): readonly string[] {
  // As kind reads it: with merge keys. What is not YAML is said here already.
  return readYamlDocuments(config).flatMap(value => {
    const nodes = isRecord(value) ? recordsOf(value['nodes']) : []
    return nodes
      .flatMap(node => recordsOf(node['extraMounts']))
      .flatMap(({ hostPath }) => {
        if (hostPath === undefined || hostPath === null) return []
        if (typeof hostPath === 'string') return [resolve(hostPath)]
        throw new ProblemError({
          code: 'bad-input',
          message: 'The hostPath of a mount is not a text',
          at: 'config',
        })
      })
  })
}
