import { isIP } from 'node:net'
import { stringify } from 'yaml'
import { ProblemError } from '../../../domain/problem.ts'
import { DAY_MS, issueCertificate, keyToPem, makeKeys } from '../../../certificates/issue-certificate.ts'

export interface DevelopmentCertificateRequest {
  /** Names and addresses that clients use: `shop.example.com`, `*.example.com`, `127.0.0.1`. */
  readonly hosts: readonly string[]
  readonly secretName: string
  /** Where the gateway's pods are (Istio), or the Gateway is (Gateway API). */
  readonly namespace: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** All certificates and keys in PEM. */
export interface DevelopmentCertificate {
  /** What clients trust. Its key is not kept: nothing else is ever signed by it. */
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** The Secret of type `kubernetes.io/tls`, as YAML. */
  readonly secret: string
  /** RFC 3339. */
  readonly validUntil: string
  /** What to trust and how, a sentence each. */
  readonly trust: readonly string[]
}

/** Browsers refuse a certificate of more than 398 days. Source: CA/Browser Forum, Baseline Requirements 6.3.2. */
const VALID_DAYS = 397

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*$`)

/**
 * A self-signed CA and a certificate by it for some hosts, for use on a developer's machine, and the Secret that a
 * gateway reads. Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/secure-ingress/
 */
export async function createDevelopmentCertificate(
  request: DevelopmentCertificateRequest,
): Promise<DevelopmentCertificate> {
  const hosts = [...new Set(request.hosts.map(host => host.trim().toLowerCase()))]
  const [first] = hosts
  const wrong = hosts.find(host => isIP(host) === 0 && (host.length > 253 || !hostName.test(host)))
  if (first === undefined || wrong !== undefined)
    throw new ProblemError({
      code: 'bad-input',
      message:
        wrong === undefined ? 'A certificate needs a host' : `${JSON.stringify(wrong)} is no name of a host`,
      hint: 'Name hosts like shop.example.com, *.example.com or 127.0.0.1',
      at: 'hosts',
    })
  const { now, namespace, secretName } = request
  const until = now + VALID_DAYS * DAY_MS
  const issuer = `Mesh Workbench development CA for ${first}`
  const signer = makeKeys()
  const server = makeKeys()
  const signed = { issuer, signer, from: now, until }
  const ca = await issueCertificate({ ...signed, subject: issuer, publicKey: signer.publicKey })
  const certificate = await issueCertificate({
    ...signed,
    // A common name has 64 characters at most; clients read the alternative names. Source: RFC 5280, A.1.
    subject: first.slice(0, 64),
    publicKey: server.publicKey,
    names: hosts,
  })
  const key = keyToPem(server.privateKey)
  return {
    ca,
    certificate,
    key,
    secret: printSecret(secretName, namespace, { 'tls.crt': certificate, 'tls.key': key }),
    validUntil: new Date(until).toISOString(),
    trust: [
      `Clients must trust the certificate of “${issuer}”, for example: curl --cacert ca.crt https://${urlHost(first)}/`,
      'Trust it on this machine only: it is for development, and no one has checked who made it.',
      `It is for ${hosts.join(', ')} until ${new Date(until).toISOString().slice(0, 10)}; then make a new one.`,
      'The key of the CA was not kept, so nothing else can be signed by it.',
    ],
  }
}

const urlHost = (host: string): string =>
  isIP(host) === 6 ? `[${host}]` : host.startsWith('*.') ? `any${host.slice(1)}` : host

function printSecret(name: string, namespace: string, files: Readonly<Record<string, string>>): string {
  const data = Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')]),
  )
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    data,
  }
  return stringify(secret, { lineWidth: 0 })
}
