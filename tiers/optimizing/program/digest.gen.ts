/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'f09dae985bc8b19995a69b785cca9f3c988308578e910081c208e0a20a6e0a46'
