import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import { fieldsOf, listOf, textMapOf, textOf, textsOf } from './fields/read-fields.ts'
import type { PolicyTarget } from './security.ts'
import { readTargets } from './security.ts'

/** An issuer of tokens that a workload accepts. */
export interface TokenRule {
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Headers and the prefix before the token; empty where neither they nor parameters nor cookies are named. */
  readonly fromHeaders: readonly { readonly name: string; readonly prefix: string }[]
  readonly fromParams: readonly string[]
  readonly fromCookies: readonly string[]
}

export interface RequestAuthentication extends NamedObject {
  readonly selector: Readonly<Record<string, string>>
  readonly targets: readonly PolicyTarget[]
  readonly rules: readonly TokenRule[]
}

/** Source: https://istio.io/latest/docs/reference/config/security/request_authentication/ */
export function readRequestAuthentication(object: KubernetesObject): RequestAuthentication {
  const spec = fieldsOf(object.spec)
  return {
    ...nameObject(object),
    selector: textMapOf(fieldsOf(spec['selector'])['matchLabels']),
    targets: readTargets(spec),
    rules: listOf(spec['jwtRules'])
      .map(fieldsOf)
      .map(rule => ({
        issuer: textOf(rule['issuer']) ?? '',
        audiences: textsOf(rule['audiences']),
        fromHeaders: listOf(rule['fromHeaders'])
          .map(fieldsOf)
          .map(header => ({
            name: (textOf(header['name']) ?? '').toLowerCase(),
            prefix: textOf(header['prefix']) ?? '',
          })),
        fromParams: textsOf(rule['fromParams']),
        fromCookies: textsOf(rule['fromCookies']),
      })),
  }
}
