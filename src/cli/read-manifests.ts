import { resourceIdOf, resourceKey } from '../domain/kubernetes/kubernetes-object.ts'
import type { LocatedObject } from '../domain/simulation/manifest-objects.ts'
import { readContent } from '../domain/simulation/manifest-objects.ts'
import type { Manifest } from '../domain/yaml/manifest.ts'
import { parseManifest } from '../domain/yaml/manifest.ts'
import type { Problem } from '../domain/problem.ts'
import { ProblemError } from '../domain/problem.ts'
import { findFiles, isRouteTestName } from './find-files.ts'
import type { FileProblem } from './file-problem.ts'
import { problemOfFiles } from './file-problem.ts'
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
  const problems: FileProblem[] = []
  for (const file of files.filter(name => !isRouteTestName(name))) {
    const content = await readFileContent(file, namespace)
    problems.push(...content.problems)
    notes.push(...content.notes)
    for (const located of content.objects) {
      const { kind, namespace: own, name } = resourceIdOf(located.object)
      const key = resourceKey(resourceIdOf(located.object))
      const earlier = found.get(key)
      if (earlier !== undefined)
        notes.push(
          `${kind} ${own === undefined ? name : `${own}/${name}`} is in ${placeOf(earlier)} and in ${placeOf(located)}: the later counts`,
        )
      found.set(key, located)
    }
  }
  if (problems.length > 0) throw problemOfFiles(problems)
  return { objects: [...found.values()], routeTests: files.filter(isRouteTestName), notes }
}

/** `k8s/canary.yaml:7`. */
export const placeOf = ({ file, line }: Pick<FileObject, 'file' | 'line'>): string =>
  `${fileTitle(file)}:${String(line)}`

interface FileContent {
  readonly objects: readonly FileObject[]
  readonly notes: readonly string[]
  readonly problems: readonly FileProblem[]
}

async function readFileContent(file: string, namespace: string): Promise<FileContent> {
  const manifest = parseManifest(await readText(file))
  const { objects, passedOver, problems } = readContent(manifest, namespace)
  return {
    objects: objects.map(located => ({ ...located, file })),
    notes: passedOver.map(({ line, what }) => `${placeOf({ file, line })}: passed over, it is ${what}`),
    problems: [...unreadable(manifest), ...problems].map(problem => ({
      file,
      line: problem.line ?? 1,
      column: problem.column ?? 1,
      message: oneLine(problem.message),
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    })),
  }
}

/** The first problem of each document, since those after it mostly follow from it. */
const unreadable = ({ documents, problems }: Manifest): readonly Problem[] =>
  documents.length === 0 ? problems : documents.flatMap(document => document.problems.slice(0, 1))

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim()
