/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '6df240dadd844bcf9e866376616076474a5674b6cf8976c742d51db201073405'
