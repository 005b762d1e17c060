/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '1e558f407aeeebea85fdc7dcd23b4412023ea566a2cf0c46b65fcc3a21c7273a'
