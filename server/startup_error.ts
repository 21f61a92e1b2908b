/**
 * A reason why the server does not start. The message is for the operator: one line, no secret, what to do next.
 * `main.ts` prints it and ends with exit code 1.
 */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
