import type { Backend } from '../../../shared/contract.ts'
import type { Host } from '../../host.ts'
import { createDevelopmentCertificate } from './create-development-certificate.ts'

/** Certificates for gateways on a developer's machine. The keys are in the Secret only. */
export function createCertificates({ now }: Pick<Host, 'now'>): Pick<Backend, 'makeCertificate'> {
  return {
    async makeCertificate(request) {
      const { ca, secret, validUntil, trust } = await createDevelopmentCertificate({ ...request, now: now() })
      return { ca, secret, validUntil, trust }
    },
  }
}
