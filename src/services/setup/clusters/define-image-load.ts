import { isAbsolute } from 'node:path'
import { contextOf } from '../../../domain/setup/clusters/local-cluster.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { imageLoad } from '../../../shared/contract/setup/clusters.ts'
import { implementTask, type TaskDefinition } from '../../tasks/task.ts'
import type { ImageSource } from './kind.ts'
import { openProvider } from './open-provider.ts'

/** A reference of an image. A leading dash would be an option. Source: distribution/reference, regexp.go */
const REFERENCE = /^[a-z0-9][\w./:@-]*$/i

function readImage({ image, archive }: ReturnType<typeof imageLoad.readInput>): ImageSource {
  if (archive !== undefined && isAbsolute(archive)) return { kind: 'archive', path: archive }
  if (image !== undefined && REFERENCE.test(image)) return { kind: 'image', name: image }
  throw new ProblemError({
    code: 'bad-input',
    message: `${JSON.stringify(archive ?? image ?? '')} is not an image name or the full path of a file`,
    hint: 'Write it as shop:dev, or as the full path of a file that docker save wrote.',
  })
}

/** Brings an image of this machine onto the nodes of a cluster, so that nothing has to be pushed or pulled. */
export const defineImageLoad = (dependencies: SetupDependencies): TaskDefinition =>
  implementTask(imageLoad, input => {
    const { provider, name } = input
    const image = readImage(input)
    const shown = image.kind === 'image' ? image.name : image.path
    return {
      title: `Load an image into the ${provider} cluster ${name}`,
      lock: `cluster/${contextOf(provider, name)}`,
      steps: [
        {
          name: 'load',
          title: `Load ${shown} onto the nodes of ${name}`,
          async run(step) {
            const clusters = await openProvider(dependencies, provider, undefined, step)
            await clusters.loadImage(step, name, image)
          },
          cleanUp: () =>
            Promise.resolve([`${shown} may be on some nodes of ${name} and not on others: load it again.`]),
        },
      ],
    }
  })
