import {
  DEFAULT_LOCAL_MESH,
  type LocalMeshOptions,
} from '../../../../domain/setup/local-mesh/prepare-local-mesh.ts'
import { ProblemError } from '../../../../domain/problem.ts'
import type { LocalMeshProfile } from '../../../../domain/setup/local-mesh/local-mesh-input.ts'
import type { MeshName } from '../../../../domain/setup/versions/version-set.ts'

export type Place = 'kind' | 'minikube' | 'existing' | 'playground'

/** What the form holds; numbers as they are typed. */
export interface LocalMeshForm {
  place: Place
  name: string
  context: string
  mesh: MeshName
  profile: LocalMeshProfile
  workers: string
  cpus: string
  memory: string
  httpPort: string
  httpsPort: string
}

const { name, workers, cpus, memory, ports } = DEFAULT_LOCAL_MESH

export const defaultForm = (): LocalMeshForm => ({
  place: 'kind',
  name,
  context: '',
  mesh: 'istio',
  profile: 'demo',
  workers: String(workers),
  cpus: String(cpus),
  memory: String(memory),
  httpPort: String(ports.http),
  httpsPort: String(ports.https),
})

/** The form as options; a problem names the field that is not valid. */
export function readForm(
  form: LocalMeshForm,
  { playground, toolVersion }: { readonly playground: string; readonly toolVersion: string | undefined },
): LocalMeshOptions {
  const { place } = form
  const read = (label: string, text: string, smallest: number, largest: number): number => {
    const number = Number(text)
    if (text.trim() !== '' && Number.isInteger(number) && number >= smallest && number <= largest)
      return number
    throw new ProblemError({
      code: 'bad-input',
      message: `${label} must be a whole number from ${smallest} to ${largest}`,
    })
  }
  const isNew = place === 'kind' || place === 'minikube'
  return {
    ...DEFAULT_LOCAL_MESH,
    provider: isNew ? place : 'existing',
    name: form.name,
    context: place === 'playground' ? playground : form.context,
    mesh: form.mesh,
    ...(form.mesh === 'istio' ? { profile: form.profile } : {}),
    ...(isNew
      ? {
          workers: read('Worker nodes', form.workers, 0, 9),
          ports: {
            http: read('The HTTP port', form.httpPort, 1, 65_535),
            https: read('The HTTPS port', form.httpsPort, 1, 65_535),
          },
        }
      : {}),
    ...(place === 'minikube'
      ? { cpus: read('CPUs', form.cpus, 1, 64), memory: read('Memory', form.memory, 1, 512) }
      : {}),
    ...(toolVersion === undefined ? {} : { toolVersion }),
  }
}

/** What the button says: it names what is going to be made, and where. */
export function describeButton(form: LocalMeshForm): string {
  const mesh = form.mesh === 'istio' ? 'Istio' : 'Linkerd'
  if (form.place === 'playground') return `Set up the playground with ${mesh}`
  if (form.place === 'existing') return `Set up ${mesh} in ${form.context || 'a context'}`
  return `Create the cluster ${form.name} with ${mesh}`
}
