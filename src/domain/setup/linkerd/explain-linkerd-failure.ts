import type { Problem } from '../../problem.ts'

interface Explanation {
  readonly sign: RegExp
  readonly code: Problem['code']
  readonly hint: string
}

const ROTATION = 'https://linkerd.io/2/tasks/manually-rotating-control-plane-tls-credentials/'

/**
 * The program's messages on standard error. Sources: linkerd2, cli/cmd/install.go, upgrade.go, uninstall.go, prune.go,
 * pkg/issuercerts/issuercerts.go, pkg/tls; the order matters, as causes are named before what follows from them.
 */
const EXPLANATIONS: readonly Explanation[] = [
  {
    sign: /Gateway API CRDs must be installed prior/,
    code: 'not-found',
    hint: 'Install the CRDs of the Gateway API first, in a version that Linkerd reads.',
  },
  {
    sign: /Linkerd CRDs must be installed first/,
    code: 'not-found',
    hint: 'Install (or upgrade) the CRDs of Linkerd before its control plane.',
  },
  {
    sign: /Please uninject the following (?:pods|resources)/,
    code: 'conflict',
    hint: 'Take the annotation linkerd.io/inject from their workloads and restart them, then uninstall.',
  },
  {
    sign: /Please uninstall the following extensions/,
    code: 'conflict',
    hint: 'Uninstall the extensions first: they run with proxies of this control plane.',
  },
  {
    sign: /It appears that there is an existing installation|Can't install the Linkerd control plane in the/,
    code: 'conflict',
    hint: 'Linkerd is already installed: upgrade it, or uninstall it first.',
  },
  {
    sign: /linkerd-config-overrides secret|use Helm to perform upgrades/,
    code: 'unsupported',
    hint: 'It was installed with Helm: upgrade it with helm upgrade, so that its values are kept.',
  },
  {
    sign: /must be upgraded separately/,
    code: 'invalid',
    hint: `First the trust anchors as a bundle of old and new, then the issuer. See ${ROTATION}`,
  },
  {
    sign: /must not be specified if --identity-external-issuer/,
    code: 'unsupported',
    hint: 'The issuer of this installation is managed outside, for example by cert-manager: change it there.',
  },
  {
    sign: /not valid anymore\. Expired on|not valid before/,
    code: 'invalid',
    hint: `A certificate is outside of its time: check the clock, or rotate it. See ${ROTATION}`,
  },
  {
    sign: /issuer cert is not a CA/,
    code: 'invalid',
    hint: 'The issuer must be an intermediate authority: make it with CA true and path length 0.',
  },
  {
    sign: /must use (?:P-256|ECDSA)|must be signed by an ECDSA/,
    code: 'invalid',
    hint: 'Linkerd takes ECDSA keys on the curve P-256 only. See https://linkerd.io/2/tasks/generate-certificates/',
  },
  {
    sign: /not PEM-encoded/,
    code: 'invalid',
    hint: 'A certificate or key is empty or is not PEM. An installation by Helm has them elsewhere: upgrade that with Helm.',
  },
  {
    sign: /x509: certificate signed by unknown authority|invalid issuer credentials|failed to validate issuer credentials/,
    code: 'invalid',
    hint: `The trust anchors do not vouch for the issuer. New anchors must hold the old one too. See ${ROTATION}`,
  },
  {
    sign: /is forbidden: User|cannot (?:get|list|create) resource/,
    code: 'forbidden',
    hint: 'Use a context whose user may read and change the whole cluster.',
  },
  {
    sign: /unknown (?:flag|command|shorthand flag)/,
    code: 'unsupported',
    hint: 'This linkerd program does not know that: choose a newer one in Setup › Tools.',
  },
  {
    sign: /Cannot connect to (?:the )?Kubernetes|connection refused|i\/o timeout|no such host|context deadline exceeded/,
    code: 'unreachable',
    hint: 'Check that the cluster answers, then run it again. What is installed is kept.',
  },
]

/**
 * What a failed run of the linkerd program means. Only its standard error is read: what it prints else can hold private
 * keys.
 */
export function explainLinkerdFailure(what: string, code: number, stderr: string): Problem {
  const raw = stderr.trim()
  const lines = raw
    .split('\n')
    .map(line => line.replace(/^(?:×|Error:)\s*/, '').trim())
    .filter(Boolean)
  const found = EXPLANATIONS.find(({ sign }) => sign.test(raw))
  const said = (found && lines.find(line => found.sign.test(line))) ?? lines[0]
  return {
    code: found?.code ?? 'invalid',
    message: `${what} failed (exit code ${code})${said === undefined ? ' and said nothing' : `: ${said}`}`,
    hint: found?.hint ?? 'The original message says more; linkerd check names what is wrong in the cluster.',
    ...(raw === '' ? {} : { raw }),
  }
}
