import type { Source } from './fact.ts'

/** A node image that was built for a release of kind; only its digest names it for certain. */
export interface KindNodeImage {
  readonly kubernetes: string
  readonly image: string
}

/** One release of kind with its node images; the first is the one it takes where none is named. */
export interface KindRelease {
  readonly version: string
  readonly images: readonly [KindNodeImage, ...KindNodeImage[]]
  readonly source: Source
}

const image = (kubernetes: string, digest: string): KindNodeImage => ({
  kubernetes,
  image: `kindest/node:v${kubernetes}@sha256:${digest}`,
})
const source = (version: string, seen: string): Source => ({
  text: `kind v${version}`,
  url: `https://github.com/kubernetes-sigs/kind/releases/tag/v${version}`,
  seen,
})

/** Newest first. */
export const KIND_RELEASES: readonly KindRelease[] = [
  {
    version: '0.33.0',
    images: [
      image('1.37.0', 'a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5'),
      image('1.36.4', '099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed'),
      image('1.35.8', '07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0'),
      image('1.34.11', '44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d'),
    ],
    source: source('0.33.0', '2026-11-03'),
  },
  {
    version: '0.32.0',
    images: [image('1.36.1', '3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5')],
    source: source('0.32.0', '2026-06-03'),
  },
]
