/** One solver alone in a process, for the case `memory`: `node memory-process.js NAME`. Its parent is told what was resident. */
import { occupants } from './cases/memory'
import { answerParent } from './child'

answerParent(() => occupants[process.argv[2]!]!.live())
