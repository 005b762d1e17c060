/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'ed4bacc58f9cf3645b803415c3f12c58c8c0cf3702bb4be1bd5642956cebf25a'
