import { hostCovers } from '../../istio/host-name.ts'
import type { ConnectionRule, VirtualService } from '../../istio/virtual-service.ts'
import type { ConsideredRule } from '../decision.ts'

type ConnectionMatch = ConnectionRule['matches'][number]

/** Why a rule, or one match of it, is not in the proxy at all; undefined where it is. */
type ExplainAbsence = (isTls: boolean, match: ConnectionMatch | undefined) => string | undefined

/**
 * Why each `tls` and `tcp` rule of a VirtualService did or did not take a connection, in the object's order.
 * `serverName` is absent for what is not TLS, `chosen` where no rule took it.
 */
export function explainConnectionRules(
  virtualService: VirtualService,
  serverName: string | undefined,
  chosen: ConnectionRule | undefined,
  explainAbsence: ExplainAbsence,
): readonly ConsideredRule[] {
  let isTaken = false
  const explain = (rule: ConnectionRule, isTls: boolean, match: ConnectionMatch | undefined): string => {
    const absence = explainAbsence(isTls, match)
    if (absence !== undefined) return absence
    if (isTls && serverName === undefined) return 'the connection is not TLS, so it names no server'
    const names = match?.sniHosts ?? []
    if (isTls && !names.some(name => hostCovers(name, serverName ?? '')))
      return `the server name is ${serverName ?? ''}, not ${names.join(' or ')}`
    if (isTaken) return 'an earlier rule took the connection'
    if (rule === chosen) return 'yes'
    return chosen === undefined
      ? 'the proxy closes the connection before'
      : 'another rule takes the connection first'
  }
  return [
    ...virtualService.tls.map(rule => ({ rule, isTls: true })),
    ...virtualService.tcp.map(rule => ({ rule, isTls: false })),
  ].flatMap(({ rule, isTls }) => {
    const matches = rule.matches.length === 0 ? [undefined] : rule.matches
    return matches.map((match, index): ConsideredRule => {
      const reason = explain(rule, isTls, match)
      const matched = reason === 'yes'
      isTaken ||= matched
      const { kind, namespace, name } = virtualService
      return {
        route: rule.source ?? {
          kind,
          namespace,
          name,
          rule: rule.index,
          ...(match === undefined ? {} : { match: index }),
        },
        matched,
        reason,
        ...(matched ? {} : { field: fieldOf(rule, isTls, match === undefined ? undefined : index) }),
      }
    })
  })
}

/** Where a rule, or a match of it, is written. */
function fieldOf({ source, index }: ConnectionRule, isTls: boolean, match: number | undefined): string {
  if (source !== undefined) return isTls ? 'spec.hostnames' : `spec.rules[${String(source.rule)}]`
  return `spec.${isTls ? 'tls' : 'tcp'}[${String(index)}]${match === undefined ? '' : `.match[${String(match)}]`}`
}
