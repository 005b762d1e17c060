/**
 * V8's own profiler of this thread's JavaScript, through `node:inspector`. Profiles are taken in pieces, since V8 keeps every
 * sample until its profile ends: a run of any length has to take bounded memory.
 */
import { createRequire } from 'node:module'

export interface V8CallFrame {
  readonly functionName: string
  readonly url: string
  /** Where the function begins, from 0 on; -1 for what has no text. */
  readonly lineNumber: number
  readonly columnNumber: number
}

/** Profile of the DevTools protocol, as far as it matters here. */
export interface V8Profile {
  /** Parents before their children. */
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: V8CallFrame
    readonly children?: readonly number[]
  }[]
  /** Microseconds of the monotonic clock. */
  readonly startTime: number
  /** Of each sample its node, and microseconds since the one before, the first since `startTime`. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** `inspector.Session`, as far as it matters here. */
interface Session {
  connect(): void
  disconnect(): void
  post(method: string, params: object, done: (error: Error | null, result?: object) => void): void
}

export class V8Profiler {
  private readonly session: Session

  private constructor(session: Session) {
    this.session = session
  }

  /** Starts it. Undefined where there is none: a Node that was built without its inspector. */
  static start(intervalUs: number): V8Profiler | undefined {
    let session: Session | undefined
    try {
      const inspector = createRequire(import.meta.url)('node:inspector') as { readonly Session: new () => Session }
      session = new inspector.Session()
      session.connect()
      const profiler = new V8Profiler(session)
      profiler.post('Profiler.enable')
      profiler.post('Profiler.setSamplingInterval', { interval: intervalUs })
      profiler.post('Profiler.start')
      return profiler
    } catch {
      session?.disconnect()
      return undefined
    }
  }

  /** What was seen so far; goes on with an empty profile. Takes some 10 to 30 ms: V8 lists all functions that it has. */
  restart(): V8Profile | undefined {
    const profile = this.take()
    this.post('Profiler.start')
    return profile
  }

  /** What was seen since it began, or since the last piece; ends it. */
  stop(): V8Profile | undefined {
    const profile = this.take()
    this.session.disconnect()
    return profile
  }

  private take(): V8Profile | undefined {
    const result = this.post('Profiler.stop') as { readonly profile: V8Profile } | undefined
    return result?.profile
  }

  /** The session is of this thread, so the answer is there when `post` returns. */
  private post(method: string, params: object = {}): unknown {
    let answer: unknown
    const failures: Error[] = []
    this.session.post(method, params, (error, result) => {
      if (error !== null) failures.push(error)
      answer = result
    })
    if (failures.length > 0) throw new Error(`${method} failed`, { cause: failures[0] })
    return answer
  }
}
