import type { Problem } from '../../domain/problem.ts'
import type { ClusterDefinition, KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts'
import { isEncrypted } from './server-url.ts'

/**
 * Why kubectl would not use a context, as a problem `invalid` or `unsupported`; undefined where nothing is wrong.
 * Source: client-go, clientcmd/validation.go and rest/transport.go; kubectl 1.36 with the definitions of the tests.
 */
export function validateDefinition({ cluster, user }: ClusterDefinition): Problem | undefined {
  const mistake =
    clusterMistake(cluster) ?? userMistake(user) ?? (isEncrypted(cluster) ? providerMistake(user) : undefined)
  if (mistake === undefined) return undefined
  const { code = 'invalid', message, hint } = mistake
  return { code, message, hint: hint ?? `Correct it in the kubeconfig.` }
}

interface Mistake {
  readonly code?: 'unsupported'
  readonly message: string
  readonly hint?: string
}

function clusterMistake(cluster: KubeconfigCluster): Mistake | undefined {
  const { name, proxyUrl } = cluster
  if (cluster.certificateAuthority !== undefined && cluster.certificateAuthorityData !== undefined)
    return { message: `The cluster ${name} has both certificate-authority and certificate-authority-data` }
  const hasAuthority =
    cluster.certificateAuthority !== undefined || cluster.certificateAuthorityData !== undefined
  if (cluster.isInsecure && hasAuthority)
    return {
      message: `The cluster ${name} has a certificate authority and insecure-skip-tls-verify, which turns it off`,
      hint: 'Remove one of the two in the kubeconfig.',
    }
  if (proxyUrl === undefined) return undefined
  const scheme = URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : ''
  if (['http:', 'https:', 'socks5:'].includes(scheme) && new URL(proxyUrl).host !== '') return undefined
  return {
    message: `The proxy-url of the cluster ${name} is not an http, https or socks5 address`,
    hint:
      scheme === 'socks5h:'
        ? 'Write socks5:// in the kubeconfig: the proxy looks up the host name with it, too.'
        : 'Correct proxy-url in the kubeconfig, for example socks5://127.0.0.1:1080.',
  }
}

function userMistake(user: KubeconfigUser): Mistake | undefined {
  const { name, impersonate, exec } = user
  // Source: client-go, clientcmd/validation.go: "requesting uid, groups or user-extra without impersonating a user".
  if (impersonate?.user === '')
    return { message: `The user ${name} impersonates groups, a uid or extra fields, but no user (as)` }
  const methods = [
    user.token === undefined ? [] : ['token'],
    user.username === undefined && user.password === undefined ? [] : ['username and password'],
  ].flat()
  if (methods.length > 1)
    return { message: `The user ${name} has more than one way to sign in: ${methods.join(', ')}` }
  return certificateMistake(user) ?? (exec === undefined ? undefined : execMistake(user, exec))
}

function certificateMistake(user: KubeconfigUser): Mistake | undefined {
  const { name } = user
  const hasCertificate = user.clientCertificate !== undefined || user.clientCertificateData !== undefined
  if (!hasCertificate) return undefined
  if (user.clientCertificate !== undefined && user.clientCertificateData !== undefined)
    return { message: `The user ${name} has both client-certificate and client-certificate-data` }
  if (user.clientKey !== undefined && user.clientKeyData !== undefined)
    return { message: `The user ${name} has both client-key and client-key-data` }
  if (user.clientKey === undefined && user.clientKeyData === undefined)
    return { message: `The user ${name} has a client certificate, but no client-key` }
  return undefined
}

function execMistake(
  { name, authProvider }: KubeconfigUser,
  exec: NonNullable<KubeconfigUser['exec']>,
): Mistake | undefined {
  if (authProvider !== undefined) return { message: `The user ${name} has both an auth-provider and exec` }
  if (exec.command === '') return { message: `The exec of the user ${name} names no command` }
  if (exec.apiVersion === '') return { message: `The exec of the user ${name} has no apiVersion` }
  if (exec.env.some(variable => variable.name === ''))
    return { message: `The exec of the user ${name} sets an environment variable without a name` }
  const isMode = ['IfAvailable', 'Always', 'Never'].includes(exec.interactiveMode)
  if (isMode || (exec.interactiveMode === '' && exec.apiVersion !== 'client.authentication.k8s.io/v1'))
    return undefined
  return {
    message: `The exec of the user ${name} has no interactiveMode`,
    hint: 'Set it to Never, IfAvailable or Always in the kubeconfig.',
  }
}

/** What took the place of the two providers that client-go has dropped. Source: client-go, plugin/pkg/client/auth. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  gcp: 'Use the credential plugin gke-gcloud-auth-plugin: gcloud container clusters get-credentials CLUSTER.',
  azure: 'Use the credential plugin kubelogin: kubelogin convert-kubeconfig.',
}

function providerMistake({ name, authProvider }: KubeconfigUser): Mistake | undefined {
  if (authProvider === undefined) return undefined
  if (authProvider.name === 'oidc') {
    const missing = ['idp-issuer-url', 'client-id'].find(key => (authProvider.config[key] ?? '') === '')
    return missing === undefined
      ? undefined
      : { message: `The auth-provider oidc of the user ${name} has no ${missing}` }
  }
  const hint = SUCCESSORS[authProvider.name]
  return {
    code: 'unsupported',
    message:
      hint === undefined
        ? `The user ${name} has the auth-provider ${JSON.stringify(authProvider.name)}, which is not known`
        : `The user ${name} has the auth-provider ${authProvider.name}, which Kubernetes removed in 1.26`,
    hint: hint ?? 'Renew the kubeconfig with the tool that made it.',
  }
}
