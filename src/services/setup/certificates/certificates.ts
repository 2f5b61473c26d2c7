import type { Backend } from '../../../shared/contract.ts'
import type { Host } from '../../host.ts'
import { createDevelopmentCertificate } from './create-development-certificate.ts'

/** Certificates for gateways on a developer's machine. The keys are in the Secret only. */
export function createCertificates({ now }: Pick<Host, 'now'>): Pick<Backend, 'makeCertificate'> {
  return {
    makeCertificate: request =>
      new Promise(resolve => {
        const { ca, secret, validUntil, trust } = createDevelopmentCertificate({ ...request, now: now() })
        resolve({ ca, secret, validUntil, trust })
      }),
  }
}
