import { afterEach, expect, it, vi } from 'vitest'
import { Sound } from './sound'

/** A browser's audio, whose device can go. */
class Audio {
  static made: Audio[] = []
  state = 'suspended'
  onstatechange = () => {}
  constructor() {
    Audio.made.push(this)
  }
  resume(): Promise<void> {
    if (this.state === 'closed') return Promise.reject(new DOMException('closed', 'InvalidStateError'))
    this.becomes('running')
    return Promise.resolve()
  }
  becomes(state: string) {
    this.state = state
    this.onstatechange()
  }
}
afterEach(() => {
  vi.unstubAllGlobals()
  Audio.made = []
})

it('says that it cannot be heard while the browser holds it back, and when it can again', async () => {
  vi.stubGlobal('AudioContext', Audio)
  const heard: boolean[] = []
  const sound = new Sound((yes) => heard.push(yes))
  await sound.enable()
  expect(heard.at(-1)).toBe(true)
  Audio.made[0]!.becomes('interrupted')
  expect(heard.at(-1)).toBe(false)
  Audio.made[0]!.becomes('running')
  expect(heard.at(-1)).toBe(true)
})
it('takes another device when its own was closed', async () => {
  vi.stubGlobal('AudioContext', Audio)
  const sound = new Sound()
  await sound.enable()
  Audio.made[0]!.becomes('closed')
  await sound.enable()
  expect(Audio.made.map((a) => a.state)).toEqual(['closed', 'running'])
})
