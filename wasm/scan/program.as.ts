/** What the program exports, in AssemblyScript; host.ts has its types. */
export { bodies, body } from './bodies'
export { scan } from './scan'
export { segments } from './segments'
