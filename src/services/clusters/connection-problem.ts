import { ProblemError, type Problem } from '../../domain/problem.ts'

/** Why there was no answer, in words, with what to do. Codes of Node's errors, most of them OpenSSL's and the system's. */
const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ECONNREFUSED: [
    'the connection was refused',
    'Nothing listens there: is the API server (or a tunnel to it) running?',
  ],
  ENOTFOUND: [
    'its host name is not known',
    'Check the server address in the kubeconfig, and the VPN or DNS.',
  ],
  EAI_AGAIN: [
    'its host name could not be looked up',
    'The DNS does not answer: check the network or the VPN.',
  ],
  ETIMEDOUT: ['it did not answer in time', 'Check the network, the VPN and firewalls on the way.'],
  ECONNRESET: ['the connection was cut', 'The server or something on the way closed it; it is tried again.'],
  EPIPE: ['the connection was cut', 'The server or something on the way closed it; it is tried again.'],
  ERR_STREAM_PREMATURE_CLOSE: [
    'the connection was cut in the middle of an answer',
    'The server or something on the way closed it; it is tried again.',
  ],
  EHOSTUNREACH: ['there is no way to its host', 'Check the network and the VPN.'],
  ENETUNREACH: ['there is no way to its network', 'Check the network and the VPN.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed and not trusted',
    'Put the certificate of its authority in certificate-authority-data of the kubeconfig.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate is signed by an authority that is not trusted (self-signed in chain)',
    'Is the kubeconfig older than the cluster? Renew certificate-authority-data.',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is not signed by an authority that the kubeconfig or the system trusts',
    'Is the kubeconfig older than the cluster? Renew certificate-authority-data.',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is signed by an authority that is not known',
    'Put the certificate of its authority in certificate-authority-data of the kubeconfig.',
  ],
  CERT_SIGNATURE_FAILURE: [
    'its certificate is not signed by the authority in the kubeconfig',
    'Is the kubeconfig older than the cluster? Renew certificate-authority-data.',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the API server.'],
  CERT_NOT_YET_VALID: [
    'its certificate is not valid yet',
    'Check the clock of this machine and of the server.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another host name',
    'Use a server address that the certificate names, or set tls-server-name in the kubeconfig.',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'Should the server address begin with http:// ?'],
  EPROTO: ['the TLS handshake failed', 'Does the address belong to an API server, and is it https?'],
}

/** What went wrong on the way to a server, as a problem `unreachable`; problems pass unchanged. */
export function connectionProblem(error: unknown, server: string): Problem {
  if (error instanceof ProblemError) return error.problem
  const raw = describe(error)
  const code = codeOf(error)
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      code: 'too-large',
      message: `${server} sent headers larger than 16 KB`,
      hint: 'Check the server address; something on the way may answer in its place.',
      raw,
    }
  const [reason, hint] = reasons[code] ?? [
    code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_')
      ? 'the TLS handshake failed'
      : 'the connection failed',
    'The details say more; it is tried again.',
  ]
  return { code: 'unreachable', message: `${server} cannot be reached: ${reason}`, hint, raw }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown }
  // Node tries IPv6 and IPv4; what it throws then holds one error for each.
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0])
  if (typeof code === 'string' && code !== '') return code
  return cause === undefined ? '' : codeOf(cause)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError) return error.errors.map(describe).join('\n')
  return error.message === '' ? error.name : error.message
}
