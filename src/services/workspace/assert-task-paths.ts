import { resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ProblemError } from '../../domain/problem.ts'
import type { Grants } from './grants.ts'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const recordsOf = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

/** The fields of a task's input that name a file to be read. The kinds are those of the task definitions. */
const READ_FIELDS: Readonly<Record<string, string>> = {
  'image-load': 'archive',
  'linkerd-install': 'gatewayApiFile',
  'linkerd-upgrade': 'gatewayApiFile',
  'local-mesh': 'gatewayApiFile',
}

/** Throws `restricted` where a task that the window starts would use a path that the user has not let it have. */
export async function assertTaskPaths(
  grants: Pick<Grants, 'resolveToRead' | 'assertProgram'>,
  kind: string,
  input: unknown,
): Promise<void> {
  if (!isRecord(input)) return
  const { file, target, config } = input
  if (kind === 'tool-install' && typeof file === 'string') await grants.assertProgram(file)
  const path = input[READ_FIELDS[kind] ?? '']
  if (typeof path === 'string' && path !== '') await grants.resolveToRead(path)
  const configs = [config, isRecord(target) ? target['config'] : undefined]
  for (const each of configs) if (typeof each === 'string') await assertMounts(grants, each)
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
  // What is not YAML is refused by who reads it as a configuration.
  const documents = parseAllDocuments(config)
  return (Array.isArray(documents) ? documents : []).flatMap(document => {
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS()
    const nodes = isRecord(value) ? recordsOf(value['nodes']) : []
    return nodes
      .flatMap(node => recordsOf(node['extraMounts']))
      .map(({ hostPath }) => resolve(typeof hostPath === 'string' ? hostPath : ''))
  })
}
