import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { applyNaively } from '../../../test/edits/apply-naively.ts'
import { anyEdit, createGenerator } from '../../../test/edits/random-edit.ts'
import {
  commentsOf,
  keyMark,
  leavesOf,
  readDocuments,
  regionOf,
  valueMark,
} from '../../../test/edits/untouched.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import { type Path, valueAt } from '../yaml/path.ts'
import type { TextEdit } from '../yaml/text-edit.ts'
import { applyTextEdits } from '../yaml/text-edit.ts'
import { applyEdit } from './apply-edit.ts'
import type { GeneralEdit } from './invert-edit.ts'
import { invertEdit, invertTextEdits } from './invert-edit.ts'

const folder = 'test/fixtures/edits'
const fixtures = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .map(name => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }))

/** Edits over all fixtures; `EDITS=100000 npx vitest run src/domain/edits` for a long run. */
const total = Number(process.env['EDITS'] ?? 10_000)
/** The same in each run, so that what turns red is the program and not the dice; `npm run fuzz:edits` takes a fresh one. */
const seed = Number(process.env['EDITS_SEED'] ?? 20_000)
const each = Math.ceil(total / fixtures.length)

const isRefusal = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'problem' in error

const startsWith = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step)

/** Where something that an edit does not touch is afterwards; undefined for what it touches. */
function placeAfter(path: Path, edit: GeneralEdit, value: unknown): Path | undefined {
  const { length } = edit.path
  const own = path[length]
  switch (edit.kind) {
    case 'setPath':
      // What is on the way to a place that was not there, or was without value, may turn into a collection.
      if (path.at(-1) === valueMark && startsWith(edit.path, path.slice(0, -1))) return undefined
      return startsWith(path, edit.path) && !(path.length === length + 1 && path.at(-1) === keyMark)
        ? undefined
        : path
    case 'removePath':
    case 'removeItem': {
      const target = removedPath(edit, value)
      return startsWith(path, target) ? undefined : shift(path, target)
    }
    case 'insertItem':
      return startsWith(path, edit.path) && typeof own === 'number' && own >= edit.index
        ? path.with(length, own + 1)
        : path
    case 'moveItem': {
      if (!startsWith(path, edit.path) || typeof own !== 'number') return path
      const order = Array.from({ length: 999 }, (_, index) => index)
      order.splice(edit.to, 0, ...order.splice(edit.from, 1))
      return path.with(length, order.indexOf(own))
    }
    case 'renameKey':
      if (!startsWith(path, edit.path)) return path
      if (path.length === length + 1 && path.at(-1) === keyMark) return undefined
      return path.with(length - 1, edit.name)
  }
}

type Removal = Extract<GeneralEdit, { kind: 'removePath' | 'removeItem' }>

/** What is removed: the path, or the topmost parent that would be left empty. */
function removedPath(edit: Removal, value: unknown): Path {
  let target = edit.kind === 'removeItem' ? [...edit.path, edit.index] : edit.path
  for (let level = edit.prune ?? 0; level > 0 && target.length > 1; level--) {
    if (Object.keys(valueAt(value, target.slice(0, -1)) ?? {}).length !== 1) break
    target = target.slice(0, -1)
  }
  return target
}

function shift(path: Path, removed: Path): Path {
  const index = removed.at(-1)
  const own = path[removed.length - 1]
  return typeof index === 'number' &&
    typeof own === 'number' &&
    startsWith(path, removed.slice(0, -1)) &&
    own > index
    ? path.with(removed.length - 1, own - 1)
    : path
}

/** Whether an edit may be refused: only where an anchor, alias, merge key or tag stands in the text. */
const mayBeRefused = (text: string): boolean => /(?:^|[\s,[{])(?:[&*][\w]|<<|!)/m.test(text)

let done = 0
let refused = 0

describe(`seed ${String(seed)}`, () => {
  test.each(fixtures)('$name', ({ name, text: original }) => {
    const next = createGenerator(seed ^ fixtures.findIndex(fixture => fixture.name === name))
    let text = original
    for (let round = 0; round < each;) {
      // Mostly the text as people wrote it; sometimes one that was edited before.
      if (next(3) !== 0 || text.length > 2 * original.length + 1000) text = original
      const before = readDocuments(text)
      const index = next(before.length)
      const document = before[index]
      const value: unknown = document?.toJS()
      const edit = anyEdit(value, next) as GeneralEdit | undefined
      if (document === undefined || edit === undefined) continue
      round++
      const say = (what: string, result = ''): string =>
        `${what}\nEDITS_SEED=${String(seed)} ${name} document ${String(index)}: ${JSON.stringify(edit)}\n${text}\n-->\n${result}`
      const result = check(text, index, edit, say)
      done++
      if (result === undefined) refused++
      else text = result
    }
  })

  test('enough edits were made, and few refused', () => {
    expect(done).toBeGreaterThanOrEqual(total)
    expect(refused / done).toBeLessThan(0.1)
  })
})

type Say = (what: string, result?: string) => string

/** The three properties for one edit; the text after it, or undefined where it was refused. */
function check(text: string, index: number, edit: GeneralEdit, say: Say): string | undefined {
  const before = readDocuments(text)
  const value: unknown = before[index]?.toJS()
  const edits = editOrRefuse(text, index, edit, say)
  if (edits === undefined) return undefined
  const result = applyTextEdits(text, edits)
  const after = readDocuments(result)
  const wanted = applyNaively(value, edit)
  const said: unknown = after[index]?.toJS()
  if (!isDeepEqual(said, wanted))
    expect.fail(say(`says ${JSON.stringify(said)}, wanted ${JSON.stringify(wanted)}`, result))
  for (const [at, other] of before.entries())
    if (at !== index && text.slice(other.range[0], other.range[1]) !== sliceOf(result, after, at))
      if (!isDeepEqual(other.toJS(), after[at]?.toJS())) expect.fail(say('another document changed', result))

  if (applyTextEdits(result, invertTextEdits(text, edits)) !== text)
    expect.fail(say('the inverse of the text edits leads elsewhere', result))
  checkExtent(text, index, edit, value, edits, say)
  checkUntouched(text, result, index, edit, value, say)
  checkInverse(text, result, index, edit, value, say)
  return result
}

const sliceOf = (text: string, documents: ReturnType<typeof readDocuments>, index: number): string =>
  text.slice(documents[index]?.range[0], documents[index]?.range[1])

function editOrRefuse(
  text: string,
  index: number,
  edit: GeneralEdit,
  say: Say,
): ReturnType<typeof applyEdit> | undefined {
  try {
    return applyEdit(text, index, edit)
  } catch (error) {
    if (!isRefusal(error)) throw new Error(say('the edit fails'), { cause: error })
    if (!mayBeRefused(text)) expect.fail(say(`refused: ${String(error)}`))
    return undefined
  }
}

/** Nothing outside the node that an edit is about changes, and what is only put in replaces nothing. */
function checkExtent(
  text: string,
  index: number,
  edit: GeneralEdit,
  value: unknown,
  edits: readonly TextEdit[],
  say: Say,
): void {
  const document = readDocuments(text)[index]
  const target =
    edit.kind === 'removePath' || edit.kind === 'removeItem' ? removedPath(edit, value) : edit.path
  const isParent = edit.kind === 'removePath' || edit.kind === 'removeItem'
  const region = document && regionOf(document, isParent ? target.slice(0, -1) : target)
  for (const { offset, length } of edits)
    if (region === undefined || offset < region.start || offset + length > region.end)
      expect.fail(say(`changes ${String(offset)}+${String(length)}, not within ${JSON.stringify(region)}`))
  const { path } = edit
  const old = valueAt(value, path)
  const isNewKey =
    edit.kind === 'setPath' &&
    old === undefined &&
    Object.keys(valueAt(value, path.slice(0, -1)) ?? {}).length > 0
  const isNewItem = edit.kind === 'insertItem' && Array.isArray(old) && old.length > 0
  if ((isNewKey || isNewItem) && edits.some(({ length }) => length > 0))
    expect.fail(say(`replaces something: ${JSON.stringify(edits)}`))
  if (edit.kind === 'renameKey' && edits.length > 1) expect.fail(say('renames more than once'))
}

/** Every key and value that the edit does not name stands there in the same characters, and every comment. */
function checkUntouched(
  text: string,
  result: string,
  index: number,
  edit: GeneralEdit,
  value: unknown,
  say: Say,
): void {
  const before = readDocuments(text)
  const after = readDocuments(result)
  const places = new Map(
    after.flatMap((document, at) =>
      leavesOf(result, document).map(({ path, source }) => [JSON.stringify([at, ...path]), source] as const),
    ),
  )
  for (const [at, document] of before.entries())
    for (const { path, source } of leavesOf(text, document)) {
      const place = at === index ? placeAfter(path, edit, value) : path
      if (place === undefined) continue
      const found = places.get(JSON.stringify([at, ...place]))
      if (found !== source && !(source === '' && path.at(-1) === valueMark))
        expect.fail(
          say(`${path.join('.')} was ${JSON.stringify(source)}, is ${JSON.stringify(found)}`, result),
        )
    }
  const old = commentsOf(text)
  const rest = [...commentsOf(result)]
  const isTaking = edit.kind === 'removePath' || edit.kind === 'removeItem' || edit.kind === 'setPath'
  const lost = old.filter(comment => {
    const found = rest.indexOf(comment)
    if (found >= 0) rest.splice(found, 1)
    return found < 0
  })
  if (rest.length > 0 || (lost.length > 0 && !isTaking))
    expect.fail(say(`comments: lost ${JSON.stringify(lost)}, new ${JSON.stringify(rest)}`, result))
  if (text.includes('\r\n') && !/[^\r]\n/.test(text) && /[^\r]\n/.test(result))
    expect.fail(say('a line end differs', result))
}

/** The gesture that takes an edit back says what was said before; what was put in or moved leaves no trace. */
function checkInverse(
  text: string,
  result: string,
  index: number,
  edit: GeneralEdit,
  value: unknown,
  say: Say,
): void {
  const inverse = invertEdit(edit, value)
  if (inverse === undefined) return
  const sayBack: Say = what => say(`${what} after ${JSON.stringify(inverse)}`, result)
  const edits = editOrRefuse(result, index, inverse, sayBack)
  if (edits === undefined) return
  const back = applyTextEdits(result, edits)
  if (!isDeepEqual(readDocuments(back)[index]?.toJS(), value))
    expect.fail(`${sayBack('says something else')}\n-->\n${back}`)
  const isPutIn = edit.kind === 'insertItem' || edit.kind === 'setPath'
  const into = edit.kind === 'insertItem' ? edit.path : edit.path.slice(0, -1)
  const isNew = edit.kind === 'insertItem' || valueAt(value, edit.path) === undefined
  const isAdded = isPutIn && isNew && Object.keys(valueAt(value, into) ?? {}).length > 0
  if ((edit.kind === 'moveItem' || isAdded) && back !== text)
    expect.fail(`${sayBack('taken back, but not the same')}\n-->\n${back}`)
}
