import { randomHex, randomUuid } from '../context.ts'
import { drawPoisson, pickByWeight } from './chance.ts'
import { outgoing } from './application.ts'
import type { Instance, Instances } from './instance.ts'
import type { Network } from './network.ts'
import { isProxyOf, outsideHosts } from './outside-hosts.ts'
import type { TravellingRequest } from './request.ts'

interface Visit {
  readonly weight: number
  readonly host: string
  readonly method: string
  readonly paths: readonly string[]
  /** How many of these visitors try the beta; over all visits about one in ten. */
  readonly betaShare: number
}

const requestsPerSecond = 40
/** For each other name that routes give to the world. */
const requestsPerSecondOfHost = 4

const browser = 'Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0'

const visits: readonly Visit[] = [
  { weight: 55, host: 'example.com', method: 'GET', paths: ['/', '/orders', '/profile'], betaShare: 0.05 },
  {
    weight: 22,
    host: 'example.com',
    method: 'GET',
    paths: ['/api/orders', '/api/orders/17'],
    betaShare: 0.2,
  },
  { weight: 5, host: 'example.com', method: 'POST', paths: ['/api/orders'], betaShare: 0.2 },
  { weight: 10, host: 'example.com', method: 'GET', paths: ['/service/stock'], betaShare: 0.15 },
  { weight: 8, host: 'shop.example.com', method: 'GET', paths: ['/', '/items/3'], betaShare: 0.05 },
]

/** The people outside, who come through the gateways, and the workloads that start requests by themselves. */
export class Visitors {
  readonly #network: Network
  readonly #instances: Instances
  readonly #random: () => number

  constructor(network: Network, instances: Instances, random: () => number) {
    this.#network = network
    this.#instances = instances
    this.#random = random
  }

  /** Sends what comes between two moments (milliseconds). */
  sendBetween(from: number, to: number): void {
    const seconds = (to - from) / 1000
    const gateways: Instance[] = []
    const starters: Instance[] = []
    for (const instance of this.#instances.all()) {
      if (instance.proxyMode === 'gateway') gateways.push(instance)
      if (instance.behaviour.roundsPerSecond > 0) starters.push(instance)
    }
    const moments = (mean: number): readonly number[] =>
      Array.from({ length: drawPoisson(this.#random, mean) }, () => from + this.#random() * (to - from)).sort(
        (one, other) => one - other,
      )
    const anyOf = (list: readonly Instance[]): Instance | undefined =>
      list[Math.floor(this.#random() * list.length)]
    const doors = gateways.filter(({ labels }) => labels['istio'] === 'ingressgateway')
    if (doors.length > 0)
      for (const at of moments(requestsPerSecond * seconds)) {
        const gateway = anyOf(doors)
        if (gateway) this.#network.send(gateway, this.#visit(), at)
      }
    for (const { gateway, host, port, tls, paths } of outsideHosts(this.#network.mesh())) {
      const proxies = gateways.filter(instance => isProxyOf(gateway, instance))
      const isEgress = proxies.some(({ labels }) => labels['istio'] === 'egressgateway')
      const isVisited = doors.some(door => proxies.includes(door))
      // The people who always come ask for these already.
      if (isEgress || (isVisited && (host === undefined || visits.some(visit => visit.host === host))))
        continue
      for (const at of moments(requestsPerSecondOfHost * seconds)) {
        const proxy = anyOf(proxies)
        const path = paths[Math.floor(this.#random() * paths.length)] ?? '/'
        const headers = { 'user-agent': browser }
        const request = { ...empty, host: host ?? proxy?.ip ?? '', port, path, tls, headers }
        if (proxy) this.#network.send(proxy, identify(request, this.#random), at)
      }
    }
    for (const instance of starters)
      for (const at of moments(instance.behaviour.roundsPerSecond * seconds))
        for (const call of instance.behaviour.calls)
          if (this.#random() < call.share)
            this.#network.send(
              instance,
              outgoing(call, identify({ ...empty, host: call.host }, this.#random)),
              at,
            )
  }

  #visit(): TravellingRequest {
    const visit = pickByWeight(visits, this.#random()) ?? visits[0]
    const paths = visit?.paths ?? []
    const isBeta = this.#random() < (visit?.betaShare ?? 0)
    return identify(
      {
        ...empty,
        method: visit?.method ?? 'GET',
        host: visit?.host ?? '',
        path: paths[Math.floor(this.#random() * paths.length)] ?? '/',
        headers: { 'user-agent': browser, ...(isBeta ? { 'user-type': 'beta' } : {}) },
        requestBytes: visit?.method === 'POST' ? 214 : 0,
      },
      this.#random,
    )
  }
}

type Unnamed = Omit<TravellingRequest, 'requestId' | 'traceId'>

const empty: Unnamed = { method: 'GET', host: '', port: 80, path: '/', headers: {}, requestBytes: 0 }

/** Gives a request the ids that a first proxy would. */
export function identify(request: Unnamed, random: () => number): TravellingRequest {
  const requestId = request.headers['x-request-id'] ?? randomUuid(random)
  return {
    ...request,
    headers: { ...request.headers, 'x-request-id': requestId },
    requestId,
    traceId: randomHex(random, 32),
  }
}
