import { afterEach, expect, it, vi } from 'vitest'
import { Sound, type Tone } from './sound'

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
it('says that the link is lost again and again, more quietly than a warning', async () => {
  vi.useFakeTimers()
  const loud: number[] = []
  const gain = { gain: { setValueAtTime() {}, exponentialRampToValueAtTime: (v: number) => loud.push(v) }, connect() {} }
  const osc = { frequency: {}, connect: () => gain, start() {}, stop() {} }
  vi.stubGlobal('AudioContext', class extends Audio {
    currentTime = 0
    createOscillator = () => osc
    createGain = () => gain
  })
  const sound = new Sound()
  await sound.enable()
  const heard = (tone: Tone) => {
    loud.length = 0
    sound.play(tone)
    vi.advanceTimersByTime(60_000)
    sound.stop()
    return { times: loud.length / 2, loudest: Math.max(...loud) }
  }
  const [link, yellow] = [heard('link'), heard('yellow')]
  vi.useRealTimers()
  expect(link.times).toBeGreaterThan(1)
  expect(link.times).toBeLessThan(yellow.times)
  expect(link.loudest).toBeLessThan(yellow.loudest)
})
