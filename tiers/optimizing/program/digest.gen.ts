/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '60b634cfd54f627ce837348d978a899e443411113f50d51e899b459852a351ec'
