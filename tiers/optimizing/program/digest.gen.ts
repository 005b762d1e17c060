/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '7f0f24bf1299768815ebbdf108ac64e094756f2c6144042e0a6f35f0902636f4'
