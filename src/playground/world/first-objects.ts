import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'

const clusterScoped = new Set(['Namespace', 'Node', 'MutatingWebhookConfiguration'])

/**
 * The objects of a new playground: the YAML files of `<resourcesFolder>/playground`, in the order of their names.
 * Everything that a controller makes (ReplicaSets, Pods, EndpointSlices) is not among them.
 */
export function firstObjects(resourcesFolder: string): KubernetesObject[] {
  const folder = join(resourcesFolder, 'playground')
  return readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .flatMap(name => readObjects(join(folder, name)))
}

function readObjects(file: string): KubernetesObject[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'))
  return [...documents].map(document => {
    const [fault] = document.errors
    if (fault)
      throw new ProblemError({
        code: 'invalid',
        message: `The playground's file ${file} cannot be read: ${fault.message}`,
        hint: 'Install the product again.',
      })
    return inNamespace(document.toJS() as KubernetesObject)
  })
}

/** The tutorial's objects name no namespace; kubectl would put them into `default`. */
function inNamespace(object: KubernetesObject): KubernetesObject {
  if (clusterScoped.has(object.kind) || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } }
}
