/**
 * Shows a profile in the Firefox profiler with one click: a server on the loopback address hands out the profile, the
 * source files that it names and the disassembly of its machine code, in the protocol of Mozilla's symbol servers
 * (`/source/v1`, `/asm/v1`), as samply does.
 *
 * Any page in any browser of this machine can send requests here, so the path begins with a secret and nothing is answered
 * without it, requests under another host name (DNS rebinding) are refused, and only files that the profile
 * names as sources are read.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { disassemble } from './disassemble.js'
import type { ReadProfile } from './read-firefox.js'
import { readSource } from './source-file.js'

const VIEWER = 'https://profiler.firefox.com'
const SECRET_BYTES = 24
/** Requests are small. */
const MAX_REQUEST_BYTES = 1 << 20

export interface ProfileServer {
  /** What to open in a browser. */
  readonly link: string
  /** Where the server is, with the secret: `http://127.0.0.1:PORT/SECRET`. */
  readonly base: string
  readonly server: Server
  /** Resolves when the server was closed. */
  readonly closed: Promise<void>
}

const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type',
  'Access-Control-Allow-Private-Network': 'true',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'application/json' })
  response.end(JSON.stringify(value))
}

async function requestJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_REQUEST_BYTES) throw new Error('the request is too large')
    chunks.push(bytes)
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString())
  if (typeof value !== 'object' || value === null) throw new Error('the request is no object')
  return value as Readonly<Record<string, unknown>>
}

class Answers {
  private readonly profile: ReadProfile
  private readonly files: ReadonlySet<string>

  constructor(profile: ReadProfile) {
    this.profile = profile
    this.files = new Set(profile.functions.flatMap(({ file }) => (file === undefined ? [] : [file])))
  }

  source(query: Readonly<Record<string, unknown>>): unknown {
    const { file } = query
    if (typeof file !== 'string' || !this.files.has(file)) return { error: 'the profile names no such file' }
    const source = readSource(file)
    return source === undefined
      ? { error: 'the file cannot be read' }
      : { symbolsLastModified: null, sourceLastModified: null, source }
  }

  asm(query: Readonly<Record<string, unknown>>): unknown {
    const start = Number(query['startAddress'])
    const size = Number(query['size'])
    const lib = this.profile.libs.findIndex(({ debugName }) => debugName === query['debugName'])
    const code = this.profile.codes.find(
      (each) => each.lib === lib && start >= each.address && start < each.address + each.bytes.length,
    )
    if (code === undefined) return { error: 'the profile has no machine code there' }
    const from = start - code.address
    const end = query['continueUntilFunctionEnd'] === true || Number.isNaN(size) ? code.bytes.length : from + size
    const instructions = disassemble(code.bytes.subarray(from, Math.min(end, code.bytes.length)))
    return {
      startAddress: `0x${start.toString(16)}`,
      size: `0x${(Math.min(end, code.bytes.length) - from).toString(16)}`,
      arch: 'x86_64',
      syntax: ['Intel'],
      instructions,
    }
  }
}

/** Starts the server on a free port. @param bytes of the file as it is, also if it is compressed */
export async function serveProfile(bytes: Uint8Array, profile: ReadProfile): Promise<ProfileServer> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const answers = new Answers(profile)
  let host = ''
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ''
    if (request.headers.host !== host || !path.startsWith(`/${secret}/`)) {
      response.writeHead(404).end()
      return
    }
    const name = path.slice(secret.length + 1)
    if (request.method === 'OPTIONS') {
      response.writeHead(204, HEADERS).end()
    } else if (request.method === 'GET' && name === '/profile.json') {
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'application/json' }).end(bytes)
    } else if (request.method === 'POST' && name === '/source/v1') {
      answerJson(response, 200, answers.source(await requestJson(request)))
    } else if (request.method === 'POST' && name === '/asm/v1') {
      answerJson(response, 200, answers.asm(await requestJson(request)))
    } else {
      answerJson(response, 404, { error: 'no such thing' })
    }
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  host = `127.0.0.1:${port}`
  const base = `http://${host}/${secret}`
  const file = encodeURIComponent(`${base}/profile.json`)
  return {
    link: `${VIEWER}/from-url/${file}/?symbolServer=${encodeURIComponent(base)}`,
    base,
    server,
    closed: new Promise((resolve) => {
      server.once('close', resolve)
    }),
  }
}
