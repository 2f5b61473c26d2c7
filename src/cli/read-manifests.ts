import { resourceIdOf, resourceKey } from '../domain/resources/kubernetes-object.ts'
import type { LocatedObject } from '../domain/simulation/manifest-objects.ts'
import { objectsOf } from '../domain/simulation/manifest-objects.ts'
import { parseManifest } from '../domain/yaml/manifest.ts'
import { ProblemError } from '../domain/problem.ts'
import { findFiles, isRouteTestName } from './find-files.ts'
import { fileTitle, readText } from './read-text.ts'

/** An object and where it is written. */
export interface FileObject extends LocatedObject {
  readonly file: string
}

export interface Manifests {
  /** The last of each name, as a cluster keeps what is applied last. */
  readonly objects: readonly FileObject[]
  /** Files with route tests. */
  readonly routeTests: readonly string[]
  /** One sentence each, for standard error. */
  readonly notes: readonly string[]
}

/** Reads every manifest under some paths. Throws where one cannot be read, with its file and line. */
export async function readManifests(paths: readonly string[], namespace: string): Promise<Manifests> {
  if (paths.length === 0)
    throw new ProblemError({
      code: 'bad-input',
      message: 'no files are named',
      hint: 'Name files or folders with manifests, for example: k8s/',
    })
  const files = await findFiles(paths)
  const found = new Map<string, FileObject>()
  const notes: string[] = []
  for (const file of files.filter(name => !isRouteTestName(name)))
    for (const located of await readFileObjects(file, namespace)) {
      const { kind, namespace: own, name } = resourceIdOf(located.object)
      const key = resourceKey(resourceIdOf(located.object))
      const earlier = found.get(key)
      if (earlier !== undefined)
        notes.push(
          `${kind} ${own === undefined ? name : `${own}/${name}`} is in ${placeOf(earlier)} and in ${placeOf(located)}: the later counts`,
        )
      found.set(key, located)
    }
  return { objects: [...found.values()], routeTests: files.filter(isRouteTestName), notes }
}

/** `k8s/canary.yaml:7`. */
export const placeOf = ({ file, line }: Pick<FileObject, 'file' | 'line'>): string =>
  `${fileTitle(file)}:${String(line)}`

async function readFileObjects(file: string, namespace: string): Promise<readonly FileObject[]> {
  const manifest = parseManifest(await readText(file))
  const [problem] = manifest.problems
  if (problem !== undefined)
    throw new ProblemError({
      ...problem,
      message: `${fileTitle(file)}:${String(problem.line ?? 1)}:${String(problem.column ?? 1)}: ${oneLine(problem.message)}`,
    })
  return objectsOf(manifest, namespace).map(located => ({ ...located, file }))
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim()
