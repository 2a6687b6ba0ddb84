import type { Core } from './core.ts'
import type { OfficerAnswers } from './officer.ts'
import type { Verdict } from './protocol.ts'
import { Trial } from './trial.ts'

/** Reads round by round what two officers opened: what the core wants tried dies, if it does, in a worker of its own. */
export async function readOpened(
  ask: (verdicts: Verdict[]) => Promise<OfficerAnswers['read-opened']>,
  startCore: () => Core,
): Promise<Pick<OfficerAnswers['read-opened'], 'first' | 'view'>> {
  const trial = new Trial(startCore)
  const verdicts: Verdict[] = []
  try {
    for (;;) {
      const { questions, first, view } = await ask(verdicts)
      if (questions.length === 0) return { first, view }
      for (const question of questions) verdicts.push([question.candidate, await trial.survives(question)])
    }
  } finally {
    trial.end()
  }
}
