/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'cb51bf4c8906166e4cf8c5ace8e8eb25c8e45e253b8347e97407d525ae794e37'
