// Loaded with `node --import`: puts Windlass where packages look for WebAssembly.
import { WebAssembly } from '../../../dist/api/index.js'

globalThis.WebAssembly = WebAssembly
