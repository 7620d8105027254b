import type { Level } from '@/api/types'

// One tone for each of red, orange and yellow; blue is silent. Another says that the watch
// itself is lost, and a quiet one that the link is. A tone goes on until the warning is
// confirmed, the link is there again or the person stops it: it never stops by itself.

export type Tone = Level | 'lost' | 'link'

const tones: Partial<Record<Tone, { hz: number; every: number; beats: number; loud?: number }>> = {
  red: { hz: 880, every: 1000, beats: 3 },
  orange: { hz: 660, every: 2000, beats: 2 },
  yellow: { hz: 520, every: 5000, beats: 1 },
  lost: { hz: 390, every: 3000, beats: 2 },
  link: { hz: 330, every: 10_000, beats: 1, loud: 0.1 },
}

export class Sound {
  private audio: AudioContext | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private playing: Tone | undefined

  /** runs hears whether a tone could be heard now: a device may go, a system may cut in. */
  constructor(private readonly runs: (yes: boolean) => void = () => {}) {}

  /** Browsers let a page sound only after a person asked for it. */
  async enable(): Promise<void> {
    if (this.audio?.state === 'closed') this.audio = undefined
    if (!this.audio) {
      const mine = (this.audio = new AudioContext())
      mine.onstatechange = () => mine === this.audio && this.runs(mine.state === 'running')
    }
    await this.audio.resume()
    this.runs(this.audio.state === 'running')
  }

  play(tone: Tone | undefined): void {
    if (tone === this.playing) return
    clearInterval(this.timer)
    this.playing = tone
    const its = tone && tones[tone]
    if (!its || !this.audio) return
    const once = () => {
      for (let i = 0; i < its.beats; i++) this.beep(its.hz, i * 0.18, its.loud)
    }
    once()
    this.timer = setInterval(once, its.every)
  }

  stop(): void {
    this.play(undefined)
  }

  private beep(hz: number, after: number, loud = 0.2) {
    const audio = this.audio!
    const at = audio.currentTime + after
    const osc = audio.createOscillator()
    const gain = audio.createGain()
    osc.frequency.value = hz
    gain.gain.setValueAtTime(0.0001, at)
    gain.gain.exponentialRampToValueAtTime(loud, at + 0.01)
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.14)
    osc.connect(gain).connect(audio.destination)
    osc.start(at)
    osc.stop(at + 0.15)
  }
}
