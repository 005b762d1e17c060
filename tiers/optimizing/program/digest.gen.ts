/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '78e888c310a08d241702e4275be1f3f5bb35b70283ef368db5f5bbbd47726071'
