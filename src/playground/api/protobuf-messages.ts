/**
 * How a field is read: `text`, `bytes`, `bool`, `number` (left out where zero, as Go's `omitempty` does), `number?`
 * (kept where zero: a pointer in Go), `textMap`, `bytesMap`, `time`, `intOrString`, or the name of a message; `[]`
 * means repeated.
 */
export type FieldType = string
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>

// The field numbers of k8s.io/api/*/generated.proto and k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto, for what
// kubectl sends as protobuf: reviews (`auth can-i`), DeleteOptions, and what `kubectl create KIND` makes.
export const messages: Readonly<Record<string, Message>> = {
  ObjectMeta: {
    1: ['name', 'text'],
    2: ['generateName', 'text'],
    3: ['namespace', 'text'],
    5: ['uid', 'text'],
    6: ['resourceVersion', 'text'],
    8: ['creationTimestamp', 'time'],
    11: ['labels', 'textMap'],
    12: ['annotations', 'textMap'],
    14: ['finalizers', 'text[]'],
  },
  LabelSelectorRequirement: { 1: ['key', 'text'], 2: ['operator', 'text'], 3: ['values', 'text[]'] },
  LabelSelector: { 1: ['matchLabels', 'textMap'], 2: ['matchExpressions', 'LabelSelectorRequirement[]'] },
  Preconditions: { 1: ['uid', 'text'], 2: ['resourceVersion', 'text'] },
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'number?'],
    2: ['preconditions', 'Preconditions'],
    3: ['orphanDependents', 'bool'],
    4: ['propagationPolicy', 'text'],
    5: ['dryRun', 'text[]'],
  },
  Namespace: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'NamespaceSpec'] },
  NamespaceSpec: { 1: ['finalizers', 'text[]'] },
  ConfigMap: {
    1: ['metadata', 'ObjectMeta'],
    2: ['data', 'textMap'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'bool'],
  },
  Secret: {
    1: ['metadata', 'ObjectMeta'],
    2: ['data', 'bytesMap'],
    3: ['type', 'text'],
    4: ['stringData', 'textMap'],
    5: ['immutable', 'bool'],
  },
  ServiceAccount: { 1: ['metadata', 'ObjectMeta'] },
  Service: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'ServiceSpec'] },
  ServiceSpec: {
    1: ['ports', 'ServicePort[]'],
    2: ['selector', 'textMap'],
    3: ['clusterIP', 'text'],
    4: ['type', 'text'],
    7: ['sessionAffinity', 'text'],
    10: ['externalName', 'text'],
  },
  ServicePort: {
    1: ['name', 'text'],
    2: ['protocol', 'text'],
    3: ['port', 'number'],
    4: ['targetPort', 'intOrString'],
    5: ['nodePort', 'number'],
    6: ['appProtocol', 'text'],
  },
  Deployment: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'DeploymentSpec'] },
  DeploymentSpec: {
    1: ['replicas', 'number?'],
    2: ['selector', 'LabelSelector'],
    3: ['template', 'PodTemplateSpec'],
    4: ['strategy', 'DeploymentStrategy'],
    5: ['minReadySeconds', 'number'],
    6: ['revisionHistoryLimit', 'number?'],
    7: ['paused', 'bool'],
    9: ['progressDeadlineSeconds', 'number?'],
  },
  DeploymentStrategy: { 1: ['type', 'text'] },
  PodTemplateSpec: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'PodSpec'] },
  PodSpec: {
    2: ['containers', 'Container[]'],
    3: ['restartPolicy', 'text'],
    7: ['nodeSelector', 'textMap'],
    8: ['serviceAccountName', 'text'],
  },
  Container: {
    1: ['name', 'text'],
    2: ['image', 'text'],
    3: ['command', 'text[]'],
    4: ['args', 'text[]'],
    5: ['workingDir', 'text'],
    6: ['ports', 'ContainerPort[]'],
    7: ['env', 'EnvVar[]'],
    8: ['resources', 'ResourceRequirements'],
    14: ['imagePullPolicy', 'text'],
  },
  ContainerPort: {
    1: ['name', 'text'],
    2: ['hostPort', 'number'],
    3: ['containerPort', 'number'],
    4: ['protocol', 'text'],
    5: ['hostIP', 'text'],
  },
  EnvVar: { 1: ['name', 'text'], 2: ['value', 'text'] },
  ResourceRequirements: {},
  PolicyRule: {
    1: ['verbs', 'text[]'],
    2: ['apiGroups', 'text[]'],
    3: ['resources', 'text[]'],
    4: ['resourceNames', 'text[]'],
    5: ['nonResourceURLs', 'text[]'],
  },
  Role: { 1: ['metadata', 'ObjectMeta'], 2: ['rules', 'PolicyRule[]'] },
  ClusterRole: { 1: ['metadata', 'ObjectMeta'], 2: ['rules', 'PolicyRule[]'] },
  Subject: {
    1: ['kind', 'text'],
    2: ['apiGroup', 'text'],
    3: ['name', 'text'],
    4: ['namespace', 'text'],
  },
  RoleRef: { 1: ['apiGroup', 'text'], 2: ['kind', 'text'], 3: ['name', 'text'] },
  RoleBinding: { 1: ['metadata', 'ObjectMeta'], 2: ['subjects', 'Subject[]'], 3: ['roleRef', 'RoleRef'] },
  ClusterRoleBinding: {
    1: ['metadata', 'ObjectMeta'],
    2: ['subjects', 'Subject[]'],
    3: ['roleRef', 'RoleRef'],
  },
  SelfSubjectAccessReview: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'SelfSubjectAccessReviewSpec'] },
  SelfSubjectAccessReviewSpec: {
    1: ['resourceAttributes', 'ResourceAttributes'],
    2: ['nonResourceAttributes', 'NonResourceAttributes'],
  },
  ResourceAttributes: {
    1: ['namespace', 'text'],
    2: ['verb', 'text'],
    3: ['group', 'text'],
    4: ['version', 'text'],
    5: ['resource', 'text'],
    6: ['subresource', 'text'],
    7: ['name', 'text'],
  },
  NonResourceAttributes: { 1: ['path', 'text'], 2: ['verb', 'text'] },
  SelfSubjectRulesReview: { 1: ['metadata', 'ObjectMeta'], 2: ['spec', 'SelfSubjectRulesReviewSpec'] },
  SelfSubjectRulesReviewSpec: { 1: ['namespace', 'text'] },
  SelfSubjectReview: { 1: ['metadata', 'ObjectMeta'] },
}

/** What only a server fills in. A client sends it with zeros. */
export const statusFields: Readonly<Record<string, number>> = {
  Namespace: 3,
  Service: 3,
  Deployment: 3,
  SelfSubjectAccessReview: 3,
  SelfSubjectRulesReview: 3,
  SelfSubjectReview: 2,
}
