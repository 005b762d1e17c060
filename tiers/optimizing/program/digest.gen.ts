/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'a2f0dc8f4d77312415b4e7c80accdc8bcad0796ae9269ae20778b18504388079'
