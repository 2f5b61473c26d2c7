import type { Random } from './random.ts'

/** Any part of an object: JSON. */
export type Fields = Record<string, unknown>

export const namespaces = ['default', 'shop', 'istio-system'] as const
export const names = ['myapp', 'api', 'cart', 'web'] as const
export const externalHosts = [
  'ext.example.com',
  'www.example.com',
  'api.test.io',
  '*.example.com',
  '*.api.example.com',
  '*.io',
] as const
export const subsets = ['v1', 'v2', 'v3'] as const
export const paths = [
  '/',
  '/api',
  '/api/',
  '/api/v1',
  '/Api/V2',
  '/login',
  '/a.b',
  '/static/x.png',
  '/x',
] as const
export const headerNames = ['x-user', 'cookie', 'end-user', 'x-Version', 'user-agent'] as const
export const values = ['beta', 'alpha', 'v1', 'a', 'b1', ''] as const
export const parameters = ['debug', 'q', 'v'] as const

const times = ['2025-01-01T00:00:00Z', '2025-06-01T00:00:00Z', '2026-01-01T00:00:00Z'] as const

/** Metadata with an age; ages are often the same, so that names decide. */
export const metadata = (random: Random, name: string, namespace: string, more: Fields = {}): Fields => ({
  name,
  namespace,
  creationTimestamp: random.pick(times),
  ...more,
})

export const istio = (random: Random, kind: string): Fields => ({
  apiVersion: `networking.istio.io/${random.pick(['v1', 'v1beta1', 'v1alpha3'])}`,
  kind,
})

/** A name as a user may write it for a Service: short, whole, or (wrongly) in between. */
export function writeHost(random: Random, name: string, namespace: string, from: string): string {
  const whole = `${name}.${namespace}.svc.cluster.local`
  const roll = random.next()
  if (namespace === from && roll < 0.6) return name
  if (roll < 0.9) return whole
  if (roll < 0.95) return name
  return random.pick([`${name}.${namespace}`, `${name}.${namespace}.svc`, whole.toUpperCase()])
}
