import type { Problem } from '../domain/problem.ts'

const LOOPBACK = String.raw`(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?`
const HOST = String.raw`[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?`
const PATH = String.raw`(?:/[^\s?#\\]*)?`
const MIRROR = new RegExp(`^(?:https://(?:${HOST})|http://${LOOPBACK})${PATH}$`, 'i')

/**
 * What is wrong with the address of a mirror for tools; empty: none is wished. Only https, and http to this machine
 * itself, without a login, a query or a fragment: what is run later must not be changed on its way.
 */
export function findMirrorProblem(mirror: string): Problem | undefined {
  if (mirror === '' || MIRROR.test(mirror)) return undefined
  return {
    code: 'bad-input',
    message: `${JSON.stringify(mirror.slice(0, 200))} cannot be a mirror`,
    hint: 'Write it as https://mirror.example.org/tools, without a login, a query or a fragment. http:// is for this machine only.',
  }
}
