import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'

export type Headers = Readonly<Record<string, string>>

const words = [
  'options',
  'head',
  'post',
  'put',
  'delete',
  'trace',
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'connection',
  'content-base',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'pragma',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'method',
  'get',
  'status',
  '200 OK',
  'version',
  'HTTP/1.1',
  'url',
  'public',
  'set-cookie',
  'keep-alive',
  'origin',
]

const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized' +
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable' +
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,' +
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

/** The text that both ends compress headers against. Source: SPDY/3.1, section 2.6.10.1. */
export const dictionary = Buffer.concat([
  ...words.map(word => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(word.length, 0)
    return Buffer.concat([length, Buffer.from(word)])
  }),
  Buffer.from(tail),
])

/** Puts bytes through a zlib stream and gives what comes out of them; the stream's state lives on. */
function pass(stream: Deflate | Inflate, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const onData = (chunk: Buffer): number => chunks.push(chunk)
    const finish = (error?: Error | null): void => {
      stream.off('data', onData)
      stream.off('error', finish)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    stream.on('data', onData)
    stream.on('error', finish)
    stream.write(bytes)
    stream.flush(constants.Z_SYNC_FLUSH, () => finish())
  })
}

function parseHeaders(bytes: Buffer): Headers {
  const headers: Record<string, string> = {}
  let at = 4
  const read = (): string => {
    const size = bytes.readUInt32BE(at)
    const text = bytes.toString('utf8', at + 4, at + 4 + size)
    at += 4 + size
    return text
  }
  for (let left = bytes.readUInt32BE(0); left > 0; left--) {
    const name = read().toLowerCase()
    headers[name] = read()
  }
  return headers
}

function printHeaders(headers: Headers): Buffer {
  const count = Buffer.alloc(4)
  const entries = Object.entries(headers)
  count.writeUInt32BE(entries.length, 0)
  const sized = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    const size = Buffer.alloc(4)
    size.writeUInt32BE(bytes.length, 0)
    return Buffer.concat([size, bytes])
  }
  return Buffer.concat([count, ...entries.flatMap(([name, value]) => [sized(name), sized(value)])])
}

/** Both directions of one connection: all headers of a direction are one zlib stream. */
export function createHeaderCodec(): {
  decode(bytes: Buffer): Promise<Headers>
  encode(headers: Headers): Promise<Buffer>
  close(): void
} {
  const inflate = createInflate({ dictionary })
  const deflate = createDeflate({ dictionary })
  return {
    decode: async bytes => parseHeaders(await pass(inflate, bytes)),
    encode: headers => pass(deflate, printHeaders(headers)),
    close() {
      inflate.close()
      deflate.close()
    },
  }
}
