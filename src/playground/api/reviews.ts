import { isObject, objectOf } from '../objects/json.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { badRequest } from '../objects/status-error.ts'

/** The one user of the playground may do everything. */
const USER = { username: 'playground', groups: ['system:masters', 'system:authenticated'] }

const everyVerb = ['*']

function statusOf(kind: string): unknown {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: USER }
    case 'SelfSubjectRulesReview':
      return {
        resourceRules: [{ verbs: everyVerb, apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: everyVerb, nonResourceURLs: ['*'] }],
        incomplete: false,
      }
    case 'TokenReview':
      return { authenticated: false, user: {}, error: 'the playground issues no tokens' }
    default:
      return { allowed: true, reason: 'the user of the playground may do everything' }
  }
}

/** Types that are questions: posted, answered, never stored. */
export const isReview = ({ group, kind }: ServedResource): boolean =>
  (group === 'authorization.k8s.io' || group === 'authentication.k8s.io') && kind.endsWith('Review')

export function answerReview(type: ServedResource, document: unknown): unknown {
  if (!isObject(document)) throw badRequest('the request body must be an object')
  return {
    kind: type.kind,
    apiVersion: `${type.group}/${type.version}`,
    metadata: objectOf(document['metadata']),
    ...(document['spec'] === undefined ? {} : { spec: document['spec'] }),
    status: statusOf(type.kind),
  }
}
