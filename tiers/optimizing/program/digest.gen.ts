/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '726b420eaf8009b54e6e3be0f4a2536fe9d7d9625ca7917d3381b938d6d4b7df'
