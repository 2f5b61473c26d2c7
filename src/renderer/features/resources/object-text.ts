import { stringify } from 'yaml'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'

/** The whole object as YAML, as it is read. */
export const objectText = (object: KubernetesObject): string =>
  stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
