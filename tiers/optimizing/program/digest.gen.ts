/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '491bb2bb8f23f139aa0cf35afe2b6edccfa15619bd0af6db3b637a266f8709d0'
