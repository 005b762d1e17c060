/**
 * `engine.profile()` and `engine.exposeToDebuggers()`. The engine is the runtime's, and the runtime does not know the profiler; so the methods are added here,
 * where both are known, and the package takes Engine from here.
 */
import { exposeToDebuggers } from '../profiler/gdb.js'
import { startProfile, type RunningProfile } from '../profiler/running-profile.js'
import type { ProfileOptions } from '../profiler/session.js'
import { Engine } from '../runtime/engine.js'

declare module '../runtime/engine.js' {
  interface Engine {
    /**
     * Starts a profile of this thread's guests and of what the engine does; `stop()` of what it returns gives the Profile.
     * A run of any length takes bounded memory.
     * @throws RangeError for a bad interval or depth, Error (ERR_WINDLASS_SAMPLER) when too many profiles run
     */
    profile(options?: ProfileOptions): RunningProfile
    /**
     * Tells gdb and lldb the names and source lines of this engine's code, as it is compiled from now on.
     * @returns a function that takes that back
     */
    exposeToDebuggers(): () => void
  }
}

Engine.prototype.profile = function profile(options?: ProfileOptions): RunningProfile {
  return startProfile(this, options)
}

Engine.prototype.exposeToDebuggers = function expose(): () => void {
  return exposeToDebuggers(this)
}

export { Engine }
