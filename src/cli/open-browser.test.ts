import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openSecretAddress } from './open-browser.ts'

const address = 'http://127.0.0.1:1/#code=secret'

test('the browser gets no secret as an argument, but a file that only its owner can read', async () => {
  let argument = ''
  const remove = await openSecretAddress(address, async url => {
    argument = url
    await Promise.resolve()
  })
  expect(argument).toMatch(/^file:\/\/\//)
  expect(argument).not.toContain('secret')
  const file = fileURLToPath(argument)
  expect(await readFile(file, 'utf8')).toContain(`url=${address}"`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
  await remove()
  await expect(stat(dirname(file))).rejects.toThrow()
})

test('where no browser can be started, the file is removed at once', async () => {
  let file = ''
  const opening = openSecretAddress(address, url => {
    file = fileURLToPath(url)
    return Promise.reject(new Error('no browser'))
  })
  await expect(opening).rejects.toThrow('no browser')
  await expect(stat(dirname(file))).rejects.toThrow()
})
