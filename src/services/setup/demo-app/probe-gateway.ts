import { request } from 'node:http'

/**
 * Whether Istio's gateway answers at an address, soon. An address that a cluster gave may lead nowhere from here, or to a
 * proxy of the network that answers for everybody: the gateway names itself.
 * Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig-ProxyHeaders-Server
 */
export const probeGateway = (url: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> =>
  new Promise(resolve => {
    const ask = request(url, {
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    ask.on('response', response => {
      response.destroy()
      resolve(response.headers['server'] === 'istio-envoy')
    })
    ask.on('error', () => resolve(false))
    ask.end()
  })
