import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { isInBlock } from '../routing/policy/value-match.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { objectsOf, POLICY, specOf } from './linkerd-objects.ts'

/** Who calls, as the destination's proxy knows it. */
export interface LinkerdClient {
  readonly namespace: string
  readonly serviceAccount: string
  /** Whether its proxy is Linkerd's, so that it proves its identity. */
  readonly isMeshed: boolean
  /** Its address, where its pods have just one. */
  readonly ip?: string
}

/** Whether an authorization lets a caller in; `unknown` where only the caller's address would tell. */
export type Admission = 'yes' | 'no' | 'unknown'

/** What an AuthorizationPolicy or a ServerAuthorization says to a caller: all that it requires must hold. */
export function admitClient(
  objects: readonly KubernetesObject[],
  item: NamedObject,
  client: LinkerdClient,
): Admission {
  if (item.kind === 'ServerAuthorization')
    return admitByServer(fieldsOf(specOf(item)['client']), item.namespace, client)
  // A policy that requires nothing admits all.
  return allOf(
    listOf(specOf(item)['requiredAuthenticationRefs'])
      .map(fieldsOf)
      .map(reference => admitBy(objects, reference, item.namespace, client)),
  )
}

const allOf = (found: readonly Admission[]): Admission =>
  found.includes('no') ? 'no' : found.includes('unknown') ? 'unknown' : 'yes'

const answer = (isAdmitted: boolean): Admission => (isAdmitted ? 'yes' : 'no')

function admitBy(
  objects: readonly KubernetesObject[],
  reference: Fields,
  ownNamespace: string,
  client: LinkerdClient,
): Admission {
  const namespace = textOf(reference['namespace']) ?? ownNamespace
  const name = textOf(reference['name']) ?? ''
  const kind = textOf(reference['kind']) ?? ''
  if (kind === 'ServiceAccount')
    return answer(client.isMeshed && client.serviceAccount === name && client.namespace === namespace)
  // A policy that names an authentication which is not there is ignored (`policy_client_authz` in linkerd2).
  const authentication = objectsOf(objects, kind, [POLICY]).find(
    other => other.name === name && other.namespace === namespace,
  )
  if (authentication === undefined) return 'no'
  const spec = specOf(authentication)
  return kind === 'NetworkAuthentication'
    ? admitAddress(spec['networks'], client)
    : answer(admitsIdentity(spec, namespace, client))
}

/** Source: https://linkerd.io/2/reference/authorization-policy/#networkauthentication (`cidr`, `except`). */
function admitAddress(networks: unknown, { ip }: LinkerdClient): Admission {
  const blocks = listOf(networks).map(item => ({
    block: textOf(fieldsOf(item)['cidr']) ?? '',
    except: textsOf(fieldsOf(item)['except']),
  }))
  if (ip !== undefined)
    return answer(
      blocks.some(({ block, except }) => isInBlock(block, ip) && !except.some(inner => isInBlock(inner, ip))),
    )
  const isEverywhere = blocks.some(({ block, except }) => /\/0$/.test(block) && except.length === 0)
  return isEverywhere ? 'yes' : blocks.length === 0 ? 'no' : 'unknown'
}

function admitsIdentity(spec: Fields, namespace: string, client: LinkerdClient): boolean {
  if (!client.isMeshed) return false
  return (
    textsOf(spec['identities']).some(pattern => fitsIdentity(pattern, client)) ||
    listOf(spec['identityRefs'])
      .map(fieldsOf)
      .some(reference =>
        reference['kind'] === 'Namespace'
          ? reference['name'] === client.namespace
          : reference['name'] === client.serviceAccount &&
            (textOf(reference['namespace']) ?? namespace) === client.namespace,
      )
  )
}

/** `*`, `*.suffix` or a whole identity. */
function fitsIdentity(pattern: string, { serviceAccount, namespace }: LinkerdClient): boolean {
  const identity = `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local`
  return (
    pattern === '*' ||
    pattern === identity ||
    (pattern.startsWith('*.') && identity.endsWith(pattern.slice(1)))
  )
}

/** Source: https://linkerd.io/2/reference/authorization-policy/#serverauthorization */
function admitByServer(client: Fields, namespace: string, caller: LinkerdClient): Admission {
  const place = client['networks'] === undefined ? 'yes' : admitAddress(client['networks'], caller)
  return allOf([place, answer(admitsTls(client, namespace, caller))])
}

function admitsTls(client: Fields, namespace: string, caller: LinkerdClient): boolean {
  if (client['unauthenticated'] === true) return true
  const tls = fieldsOf(client['meshTLS'])
  if (tls['unauthenticatedTLS'] === true) return caller.isMeshed
  return (
    caller.isMeshed &&
    (textsOf(tls['identities']).some(pattern => fitsIdentity(pattern, caller)) ||
      listOf(tls['serviceAccounts'])
        .map(fieldsOf)
        .some(
          item =>
            item['name'] === caller.serviceAccount &&
            (textOf(item['namespace']) ?? namespace) === caller.namespace,
        ))
  )
}
