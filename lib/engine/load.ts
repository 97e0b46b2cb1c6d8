/** Prepares the process for the engine; replaced by the provisioning work. */
import util from 'node:util'
export function prepare(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  const legacy = util as unknown as Record<string, unknown>
  legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
  legacy['isArray'] ??= Array.isArray
}
