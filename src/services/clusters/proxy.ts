import { BlockList, isIP } from 'node:net'
import type { Host } from '../host.ts'

/**
 * The proxy for a server from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as Go does it: never for this machine itself.
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function findProxy(server: URL, env: Host['env']): URL | undefined {
  const read = (name: string): string | undefined => env[name] ?? env[name.toLowerCase()]
  const proxy = read(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (!proxy || isDirect(server, read('NO_PROXY') ?? '')) return undefined
  const text = proxy.includes('://') ? proxy : `http://${proxy}`
  return URL.canParse(text) ? new URL(text) : undefined
}

function isDirect(server: URL, exceptions: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = server.port || (server.protocol === 'https:' ? '443' : '80')
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return true
  return exceptions.split(',').some(text => {
    const exception = text.trim().toLowerCase()
    if (exception === '') return false
    if (exception === '*') return true
    if (exception.includes('/')) return isInNetwork(host, exception)
    const [, name = exception, itsPort] = /^(.*?)(?::(\d+))?$/.exec(exception) ?? []
    if (itsPort !== undefined && itsPort !== port && !exception.includes('::')) return false
    if (isIP(exception) !== 0) return host === exception
    // `.example.org` means its subdomains, `example.org` the domain too.
    const domain = name.replace(/^\*/, '')
    return host.endsWith(domain.startsWith('.') ? domain : `.${domain}`) || host === domain
  })
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', length = ''] = network.split('/')
  const family = isIP(address)
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(length)) return false
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (Number(length) > (family === 6 ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(address, Number(length), type)
  return list.check(host, type)
}
