/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '99187cc9947d9a8154a0d7b2f988fedf9b0aad1f0d3b6d4c243a3335237978f5'
