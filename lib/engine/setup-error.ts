/** Something that the suite needs is missing: one message for the user that says what, and what would bring it. No stack is shown. */
export class SetupError extends Error {
  override readonly name = 'SetupError'

  /**
   * @param missing what is wrong, e.g. 'no C++ compiler was found (looked for g++)'
   * @param mend the command or step that helps, e.g. "install one with 'sudo apt install g++'"
   */
  constructor(
    readonly missing: string,
    readonly mend: string,
  ) {
    super(`${missing}.\nTo mend it: ${mend}`)
  }
}
