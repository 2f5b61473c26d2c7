const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  ttf: 'font/ttf',
  woff: 'font/woff',
  woff2: 'font/woff2',
  json: 'application/json',
  map: 'application/json',
}

/** The media type of one of the page's files by its ending; undefined for what the page does not have. */
export const mediaTypeOf = (path: string): string | undefined =>
  MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)]
