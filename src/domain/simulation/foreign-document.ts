import { fieldsOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'

/** Groups of configuration files that no API server takes, and what they are. */
const FOREIGN_GROUPS: Readonly<Record<string, string>> = {
  'kustomize.config.k8s.io': 'a kustomization',
  'kind.x-k8s.io': 'a configuration of kind',
  'kubeadm.k8s.io': 'a configuration of kubeadm',
  'kubelet.config.k8s.io': 'a configuration of the kubelet',
  'kubeproxy.config.k8s.io': 'a configuration of kube-proxy',
  'apiserver.config.k8s.io': 'a configuration of the API server',
  'audit.k8s.io': 'an audit policy',
  'k3d.io': 'a configuration of k3d',
  'ctlptl.dev': 'a configuration of ctlptl',
  skaffold: 'a configuration of Skaffold',
}

/** The fields by which a kustomization without a kind is known. */
const KUSTOMIZATION_FIELDS = [
  'resources',
  'bases',
  'patches',
  'patchesStrategicMerge',
  'configMapGenerator',
  'components',
]

/** What a document is where it is another program's; undefined where it is, or should be, an object of Kubernetes. */
export function foreignDocument(value: unknown): string | undefined {
  const fields = optionalFields(value)
  if (fields === undefined) return isListOfObjects(value) ? undefined : describeOther(value)
  const [apiVersion, kind] = [textOf(fields['apiVersion']), textOf(fields['kind'])]
  if (fields['apiVersion'] === undefined && fields['kind'] === undefined)
    return isLikeObject(fields) ? undefined : describeMap(fields)
  if (apiVersion !== undefined && kind === undefined && textOf(fields['name']) !== undefined)
    return /^v[12]$/.test(apiVersion) && fields['version'] !== undefined ? 'a chart of Helm' : undefined
  if (apiVersion === 'v1' && kind === 'Config' && fields['clusters'] !== undefined) return 'a kubeconfig'
  return apiVersion === undefined ? undefined : FOREIGN_GROUPS[groupOf(apiVersion)]
}

/** A map with a name and a spec is meant as an object, whatever it lacks. */
const isLikeObject = (fields: Readonly<Record<string, unknown>>): boolean =>
  optionalFields(fields['metadata'])?.['name'] !== undefined

const describeMap = (fields: Readonly<Record<string, unknown>>): string =>
  KUSTOMIZATION_FIELDS.some(field => Array.isArray(fields[field]))
    ? 'a kustomization'
    : 'no object of Kubernetes (it has neither apiVersion nor kind), such as values of Helm'

const isListOfObjects = (value: unknown): boolean =>
  Array.isArray(value) && value.some(item => fieldsOf(item)['kind'] !== undefined)

/** A list of other things may be any program's; a bare text or number is nobody's. */
const describeOther = (value: unknown): string | undefined =>
  Array.isArray(value) ? 'a list, no object of Kubernetes' : undefined
