import { expect, it } from 'vitest'
import { ProblemError } from '../../../domain/problem.ts'
import { createMeshIdentity } from '../certificates/create-mesh-identity.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readMeshCertificates } from './mesh-certificates.ts'

const now = Date.parse('2026-09-04T12:00:00Z')
const { anchors, certificate, key } = await createMeshIdentity(now)
const signal = new AbortController().signal
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const clientOf = (objects: Readonly<Record<string, object | ProblemError>>): KubernetesClient => ({
  request: () => Promise.reject(new Error('not asked')),
  readLines: () => {
    throw new Error('not asked')
  },
  readJson: ({ path }) => {
    const found = objects[path.replace('/api/v1/namespaces/', '')]
    if (found instanceof ProblemError) return Promise.reject(found)
    if (found) return Promise.resolve({ metadata: {}, data: found })
    return Promise.reject(new ProblemError({ code: 'not-found', message: 'not there' }))
  },
})
const forbidden = new ProblemError({ code: 'forbidden', message: 'You may not read Secrets' })

it.each([
  ['nothing', 'linkerd', {}, [], undefined],
  [
    "Linkerd's own form",
    'linkerd',
    {
      'm/configmaps/linkerd-identity-trust-roots': { 'ca-bundle.crt': anchors + certificate },
      'm/secrets/linkerd-identity-issuer': { 'crt.pem': base64(certificate), 'key.pem': base64(key) },
    },
    [
      'root ConfigMap m/linkerd-identity-trust-roots',
      'root ConfigMap m/linkerd-identity-trust-roots',
      'issuer Secret m/linkerd-identity-issuer',
    ],
    undefined,
  ],
  [
    'the form of cert-manager',
    'linkerd',
    { 'm/secrets/linkerd-identity-issuer': { 'tls.crt': base64(certificate + anchors) } },
    ['issuer Secret m/linkerd-identity-issuer'],
    undefined,
  ],
  [
    'Secrets that may not be read',
    'linkerd',
    {
      'm/configmaps/linkerd-identity-trust-roots': { 'ca-bundle.crt': anchors },
      'm/secrets/linkerd-identity-issuer': forbidden,
    },
    ['root ConfigMap m/linkerd-identity-trust-roots'],
    'You may not read Secrets',
  ],
  [
    "Istio's own authority",
    'istio',
    {
      'm/configmaps/istio-ca-root-cert': { 'root-cert.pem': anchors },
      'm/secrets/istio-ca-secret': { 'ca-cert.pem': base64(anchors), 'ca-key.pem': base64(key) },
    },
    ['root ConfigMap m/istio-ca-root-cert', 'issuer Secret m/istio-ca-secret'],
    undefined,
  ],
  [
    'an authority that was plugged in',
    'istio',
    {
      'm/secrets/cacerts': { 'ca-cert.pem': base64(certificate) },
      'm/secrets/istio-ca-secret': { 'ca-cert.pem': base64(anchors) },
    },
    ['issuer Secret m/cacerts'],
    undefined,
  ],
] as const)('finds %s', async (_name, mesh, objects, places, problem) => {
  const client = clientOf(objects)
  const found = await readMeshCertificates(client, [{ mesh, namespace: 'm' }], now, signal)
  expect(found.certificates.map(({ role, place }) => `${role} ${place}`)).toEqual(places)
  expect(found.problem?.message).toBe(problem)
  expect(JSON.stringify(found)).not.toContain('PRIVATE')
})
