/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '921cce9ea72667354f7614f8f79c66041bc7e4041db68611da7e4ab0cf0cfc59'
