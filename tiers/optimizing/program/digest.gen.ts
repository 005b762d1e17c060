/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '83e8ddbdb11398461b7af04de6cd02958275954b05d25252e0edf536afaf847a'
