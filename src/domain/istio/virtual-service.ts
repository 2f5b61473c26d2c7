import { readCors, type CorsPolicy } from './fields/read-cors.ts'
import { readTextMatch } from './fields/read-text-match.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { qualifyHost } from './host-name.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import { readFault } from './fields/read-fault.ts'
import type { Fields } from './fields/read-fields.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from './fields/read-fields.ts'

/** Changes of headers as a rule writes them. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>
  readonly add: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

/** A StringMatch; `present` where the object gives none, which Istio reads as "has any value". */
export type TextMatch =
  { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string } | { readonly kind: 'present' }

/** An HTTPMatchRequest. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest */
export interface HttpMatch {
  readonly name?: string
  readonly uri?: TextMatch
  readonly scheme?: TextMatch
  readonly method?: TextMatch
  readonly authority?: TextMatch
  readonly headers: Readonly<Record<string, TextMatch>>
  readonly withoutHeaders: Readonly<Record<string, TextMatch>>
  readonly queryParams: Readonly<Record<string, TextMatch>>
  readonly port?: number
  readonly sourceLabels: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  /** `mesh`, or `namespace/name`. */
  readonly gateways: readonly string[]
  readonly ignoreUriCase: boolean
}

export interface RouteTarget {
  /** Fully qualified. */
  readonly host: string
  readonly subset?: string
  readonly port?: number
  readonly weight: number
  /** What is wrong with the backend of the Gateway API that it is made from, and its place in the rule. */
  readonly problem?: { readonly backend: number; readonly message: string }
  readonly requestHeaders?: HeaderChanges
  readonly responseHeaders?: HeaderChanges
}

export interface HttpRewrite {
  readonly uri?: string
  readonly authority?: string
  readonly regex?: { readonly match: string; readonly rewrite: string }
}

export interface HttpRedirect {
  readonly uri?: string
  readonly authority?: string
  /** Takes the place of the prefix that the rule matched. */
  readonly prefix?: string
  readonly port?: number
  readonly derivePort?: string
  readonly scheme?: string
  readonly status: number
}

export interface HttpFault {
  readonly delay?: { readonly percentage: number; readonly fixedDelay: string }
  readonly abort?: { readonly percentage: number; readonly httpStatus: number }
}

export interface HttpRetries {
  readonly attempts?: number
  readonly perTryTimeout?: string
  readonly retryOn?: string
}

/** The rule of the Gateway API or of an Ingress that istiod makes a rule from: what decisions name. */
export interface RuleSource {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly rule: number
  readonly match?: number
  readonly ruleName?: string
}

/** One entry of `spec.http`. */
export interface HttpRule {
  readonly index: number
  readonly name?: string
  readonly matches: readonly HttpMatch[]
  readonly targets: readonly RouteTarget[]
  readonly redirect?: HttpRedirect
  readonly directResponse?: { readonly status: number }
  readonly delegate?: { readonly namespace: string; readonly name: string }
  readonly rewrite?: HttpRewrite
  readonly timeout?: string
  readonly retries?: HttpRetries
  readonly fault?: HttpFault
  readonly cors?: CorsPolicy
  readonly mirrors: readonly (Omit<RouteTarget, 'weight'> & { readonly percentage: number })[]
  readonly requestHeaders?: HeaderChanges
  readonly responseHeaders?: HeaderChanges
  /** Present where the rule is one of the Gateway API or of an Ingress. */
  readonly source?: RuleSource
}

/** One entry of `spec.tls` or `spec.tcp`; `sniHosts` is empty for TCP. */
export interface ConnectionRule {
  readonly index: number
  readonly matches: readonly {
    readonly sniHosts: readonly string[]
    /** Addresses or ranges that the connection must go to; empty for any. */
    readonly destinationSubnets?: readonly string[]
    readonly port?: number
    readonly sourceLabels: Readonly<Record<string, string>>
    readonly sourceNamespace?: string
    readonly gateways: readonly string[]
  }[]
  readonly targets: readonly RouteTarget[]
  readonly source?: RuleSource
}

export interface VirtualService extends NamedObject {
  /** Fully qualified, or wildcards. */
  readonly hosts: readonly string[]
  /** `mesh`, or `namespace/name`; `mesh` alone where the object names none. */
  readonly gateways: readonly string[]
  readonly exportTo: readonly string[]
  /** Whether it is istiod's translation of routes of the Gateway API, which has rules of its own. */
  readonly isGatewayApi?: boolean
  readonly http: readonly HttpRule[]
  readonly tls: readonly ConnectionRule[]
  readonly tcp: readonly ConnectionRule[]
}

/** A VirtualService of any served version; v1, v1beta1 and v1alpha3 have the same fields. */
export function readVirtualService(object: KubernetesObject, clusterDomain: string): VirtualService {
  const named = nameObject(object)
  const spec = fieldsOf(object.spec)
  const reader = new RuleReader(named.namespace, clusterDomain)
  const gateways = textsOf(spec['gateways']).map(name => reader.gateway(name))
  return {
    ...named,
    hosts: textsOf(spec['hosts']).map(host => qualifyHost(host, named.namespace, clusterDomain)),
    gateways: gateways.length === 0 ? ['mesh'] : gateways,
    exportTo: textsOf(spec['exportTo']),
    http: listOf(spec['http']).map((item, index) => reader.httpRule(fieldsOf(item), index)),
    tls: listOf(spec['tls']).map((item, index) => reader.connectionRule(fieldsOf(item), index)),
    tcp: listOf(spec['tcp']).map((item, index) => reader.connectionRule(fieldsOf(item), index)),
  }
}

/** Reads the rules of one object, whose namespace completes the short names in them. */
class RuleReader {
  readonly #namespace: string
  readonly #clusterDomain: string

  constructor(namespace: string, clusterDomain: string) {
    this.#namespace = namespace
    this.#clusterDomain = clusterDomain
  }

  gateway(name: string): string {
    return name === 'mesh' || name.includes('/') ? name : `${this.#namespace}/${name}`
  }

  httpRule(rule: Fields, index: number): HttpRule {
    const redirect = optionalFields(rule['redirect'])
    const direct = optionalFields(rule['directResponse'])
    const rewrite = optionalFields(rule['rewrite'])
    const retries = optionalFields(rule['retries'])
    const delegate = optionalFields(rule['delegate'])
    return compact({
      index,
      name: textOf(rule['name']),
      matches: listOf(rule['match']).map(item => this.#httpMatch(fieldsOf(item))),
      targets: this.#targets(rule['route']),
      redirect: redirect && readRedirect(redirect),
      directResponse: direct && { status: numberOf(direct['status']) ?? 200 },
      delegate: delegate && {
        namespace: textOf(delegate['namespace']) ?? this.#namespace,
        name: textOf(delegate['name']) ?? '',
      },
      rewrite: rewrite && readRewrite(rewrite),
      timeout: textOf(rule['timeout']),
      retries:
        retries &&
        compact({
          attempts: numberOf(retries['attempts']),
          perTryTimeout: textOf(retries['perTryTimeout']),
          retryOn: textOf(retries['retryOn']),
        }),
      fault: readFault(optionalFields(rule['fault'])),
      cors: readCors(rule['corsPolicy']),
      mirrors: this.#mirrors(rule),
      requestHeaders: readHeaderChanges(rule['headers'], 'request'),
      responseHeaders: readHeaderChanges(rule['headers'], 'response'),
    })
  }

  connectionRule(rule: Fields, index: number): ConnectionRule {
    return {
      index,
      matches: listOf(rule['match'])
        .map(fieldsOf)
        .map(match =>
          compact({
            sniHosts: textsOf(match['sniHosts']).map(host => host.toLowerCase()),
            destinationSubnets: textsOf(match['destinationSubnets']),
            port: numberOf(match['port']),
            sourceLabels: textMapOf(match['sourceLabels']),
            sourceNamespace: textOf(match['sourceNamespace']),
            gateways: textsOf(match['gateways']).map(name => this.gateway(name)),
          }),
        ),
      targets: this.#targets(rule['route']),
    }
  }

  #httpMatch(match: Fields): HttpMatch {
    return compact({
      name: textOf(match['name']),
      uri: readTextMatch(match['uri']),
      scheme: readTextMatch(match['scheme']),
      method: readTextMatch(match['method']),
      authority: readTextMatch(match['authority']),
      headers: readMatchMap(match['headers'], true),
      withoutHeaders: readMatchMap(match['withoutHeaders'], true),
      queryParams: readMatchMap(match['queryParams'], false),
      port: numberOf(match['port']),
      sourceLabels: textMapOf(match['sourceLabels']),
      sourceNamespace: textOf(match['sourceNamespace']),
      gateways: textsOf(match['gateways']).map(name => this.gateway(name)),
      ignoreUriCase: match['ignoreUriCase'] === true,
    })
  }

  /** istiod completes a destination's name, but leaves its capitals, under which it knows no service. */
  #destinationHost(host: string): string {
    return host.includes('.') || host === '*' ? host : `${host}.${this.#namespace}.svc.${this.#clusterDomain}`
  }

  #target(destination: Fields): Omit<RouteTarget, 'weight'> {
    return compact({
      host: this.#destinationHost(textOf(destination['host']) ?? ''),
      subset: textOf(destination['subset']),
      port: numberOf(fieldsOf(destination['port'])['number']),
    })
  }

  #targets(route: unknown): readonly RouteTarget[] {
    const items = listOf(route).map(fieldsOf)
    return items.map(item =>
      compact({
        ...this.#target(fieldsOf(item['destination'])),
        // "If there is only one destination in a rule, the weight value is assumed to be 100."
        weight: items.length === 1 ? 100 : (numberOf(item['weight']) ?? 0),
        requestHeaders: readHeaderChanges(item['headers'], 'request'),
        responseHeaders: readHeaderChanges(item['headers'], 'response'),
      }),
    )
  }

  #mirrors(rule: Fields): HttpRule['mirrors'] {
    const single = optionalFields(rule['mirror'])
    const percentage =
      numberOf(fieldsOf(rule['mirrorPercentage'])['value']) ??
      (optionalFields(rule['mirrorPercentage']) === undefined
        ? (numberOf(rule['mirrorPercent']) ?? numberOf(rule['mirror_percent']) ?? 100)
        : 0)
    const list = listOf(rule['mirrors']).map(fieldsOf)
    const several = list.map(item => {
      const own = optionalFields(item['percentage'])
      return {
        ...this.#target(fieldsOf(item['destination'])),
        percentage: own === undefined ? 100 : (numberOf(own['value']) ?? 0),
      }
    })
    return [...(single === undefined ? [] : [{ ...this.#target(single), percentage }]), ...several].filter(
      mirror => mirror.percentage > 0,
    )
  }
}

function readMatchMap(value: unknown, isHeader: boolean): Readonly<Record<string, TextMatch>> {
  const result: Record<string, TextMatch> = {}
  for (const [name, match] of Object.entries(fieldsOf(value)))
    result[isHeader ? name.toLowerCase() : name] = readTextMatch(match) ?? { kind: 'present' }
  return result
}

const readRedirect = (redirect: Fields): HttpRedirect =>
  compact({
    uri: textOf(redirect['uri']),
    prefix: textOf(redirect['prefixRewrite']),
    authority: textOf(redirect['authority']),
    port: numberOf(redirect['port']),
    derivePort: textOf(redirect['derivePort']),
    scheme: textOf(redirect['scheme']),
    status: numberOf(redirect['redirectCode']) ?? 301,
  })

function readRewrite(rewrite: Fields): HttpRewrite {
  const regex = optionalFields(rewrite['uriRegexRewrite'])
  return compact({
    uri: textOf(rewrite['uri']),
    authority: textOf(rewrite['authority']),
    regex: regex && { match: textOf(regex['match']) ?? '', rewrite: textOf(regex['rewrite']) ?? '' },
  })
}

function readHeaderChanges(value: unknown, part: 'request' | 'response'): HeaderChanges | undefined {
  const headers = optionalFields(value)
  const changes = fieldsOf(headers?.[part])
  // A delegate's `headers` takes the place of its root's whole, whichever part it has.
  return (
    headers && {
      set: textMapOf(changes['set']),
      add: textMapOf(changes['add']),
      remove: textsOf(changes['remove']),
    }
  )
}

/** Whether a host is written in capitals: istiod finds a Service by it, but compares it as it is written elsewhere. */
export function hasCapitals({ object }: VirtualService, index: number): boolean {
  const written = textsOf(fieldsOf(object.spec)['hosts'])[index]
  return written !== undefined && written !== written.toLowerCase()
}
