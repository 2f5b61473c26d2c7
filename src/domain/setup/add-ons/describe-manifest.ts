import { fieldsOf, listOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

/** What a manifest of somebody else may do beyond its own namespace; each is a sentence. */
export function describePowers(objects: readonly KubernetesObject[]): readonly string[] {
  return objects.flatMap(object => {
    const { kind, metadata } = object
    const name = `${kind} ${metadata.name}`
    if (kind === 'CustomResourceDefinition') return [`${name} adds or changes a kind of the whole cluster`]
    if (kind === 'MutatingWebhookConfiguration') return [`${name} can change objects as they are created`]
    if (kind === 'ValidatingWebhookConfiguration') return [`${name} can reject objects of the whole cluster`]
    if (kind === 'APIService') return [`${name} puts a server of its own behind the cluster's API`]
    if (kind === 'ClusterRoleBinding')
      return [
        `${name} gives ${subjectsOf(object)} the role ${roleOf(object)} in every namespace${roleOf(object) === 'cluster-admin' ? ': it may do everything' : ''}`,
      ]
    if (kind === 'ClusterRole')
      return isAllPowerful(object)
        ? [`${name} allows everything in the whole cluster`]
        : [`${name} holds rights in every namespace`]
    if (kind === 'RoleBinding' && metadata.namespace === 'kube-system')
      return [`${name} gives ${subjectsOf(object)} the role ${roleOf(object)} in kube-system`]
    return describeHostAccess(object, name)
  })
}

const roleOf = (object: KubernetesObject): string => textOf(fieldsOf(object['roleRef'])['name']) ?? '?'

const subjectsOf = (object: KubernetesObject): string =>
  listOf(object['subjects'])
    .map(fieldsOf)
    .map(subject => [textOf(subject['namespace']), textOf(subject['name'])].filter(Boolean).join('/'))
    .join(', ')

const isAllPowerful = (object: KubernetesObject): boolean =>
  listOf(object['rules'])
    .map(fieldsOf)
    .some(rule => ['verbs', 'resources', 'apiGroups'].every(field => listOf(rule[field]).includes('*')))

/** Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline */
function describeHostAccess(object: KubernetesObject, name: string): readonly string[] {
  const spec = fieldsOf(object.spec)
  const pod =
    object.kind === 'Pod'
      ? spec
      : fieldsOf(fieldsOf((object.kind === 'CronJob' ? jobOf(spec) : spec)['template'])['spec'])
  const containers = [...listOf(pod['containers']), ...listOf(pod['initContainers'])].map(fieldsOf)
  const signs = [
    pod['hostNetwork'] === true ? 'uses the network of its node' : '',
    pod['hostPID'] === true ? 'sees the processes of its node' : '',
    listOf(pod['volumes']).some(volume => 'hostPath' in fieldsOf(volume)) ? 'reads files of its node' : '',
    containers.some(each => fieldsOf(each['securityContext'])['privileged'] === true) ? 'is privileged' : '',
  ].filter(Boolean)
  return signs.length === 0 ? [] : [`${name} ${signs.join(', ')}`]
}

const jobOf = (spec: ReturnType<typeof fieldsOf>): ReturnType<typeof fieldsOf> =>
  fieldsOf(fieldsOf(spec['jobTemplate'])['spec'])
