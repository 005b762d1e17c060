/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = 'bc20248b6196364d8126b1913d77e6351330c43732c58107f58100183f526587'
