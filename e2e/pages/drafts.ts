import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../shell.ts'

/** The texts of the drafts as they are on disk, by what they hold: what a power cut would leave. */
export async function draftsOnDisk(app: App): Promise<readonly string[]> {
  const folder = join(app.dataFolder, 'drafts')
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(
    names.filter(name => name.endsWith('.json')).map(name => readFile(join(folder, name), 'utf8')),
  )
  return texts.map(text => (JSON.parse(text) as { text: string }).text)
}

/** The draft that has the words in it; empty where none has. */
export async function draftWith(app: App, words: string): Promise<string> {
  return (await draftsOnDisk(app)).find(text => text.includes(words)) ?? ''
}
