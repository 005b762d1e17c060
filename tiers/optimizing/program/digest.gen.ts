/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'ed84a148c43c074a16f3c706257e07760430ad7abbe46c30f6c26ffbe0eb9aec'
