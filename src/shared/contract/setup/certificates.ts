import * as v from 'valibot'
import { call } from '../../rpc/contract.ts'
import { input } from '../input.ts'

/** A certificate for a gateway on a developer's machine. All certificates and keys in PEM. */
export interface MadeCertificate {
  /** What clients trust. Its key is not kept: nothing else is ever signed by it. */
  readonly ca: string
  /** The Secret of type `kubernetes.io/tls`, as YAML. */
  readonly secret: string
  /** RFC 3339. */
  readonly validUntil: string
  /** What to trust and how, a sentence each. */
  readonly trust: readonly string[]
}

export const certificates = {
  /** Makes a self-signed CA and a certificate by it; nothing is stored or applied. */
  makeCertificate: call(
    input(v.object({ hosts: v.array(v.string()), secretName: v.string(), namespace: v.string() })),
  ).returns<MadeCertificate>(),
}
