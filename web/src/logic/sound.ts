import type { Level } from '@/api/types'

// One tone for each of red, orange and yellow; blue is silent. A tone goes on
// until the warning is confirmed or the person stops it: it never stops by itself.

const tones: Partial<Record<Level, { hz: number; every: number; beats: number }>> = {
  red: { hz: 880, every: 1000, beats: 3 },
  orange: { hz: 660, every: 2000, beats: 2 },
  yellow: { hz: 520, every: 5000, beats: 1 },
}

export class Sound {
  private audio: AudioContext | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private playing: Level | undefined

  /** Browsers let a page sound only after a person asked for it. */
  async enable(): Promise<void> {
    this.audio ??= new AudioContext()
    await this.audio.resume()
  }

  play(level: Level | undefined): void {
    if (level === this.playing) return
    clearInterval(this.timer)
    this.playing = level
    const tone = level && tones[level]
    if (!tone || !this.audio) return
    const once = () => {
      for (let i = 0; i < tone.beats; i++) this.beep(tone.hz, i * 0.18)
    }
    once()
    this.timer = setInterval(once, tone.every)
  }

  stop(): void {
    this.play(undefined)
  }

  private beep(hz: number, after: number) {
    const audio = this.audio!
    const at = audio.currentTime + after
    const osc = audio.createOscillator()
    const gain = audio.createGain()
    osc.frequency.value = hz
    gain.gain.setValueAtTime(0.0001, at)
    gain.gain.exponentialRampToValueAtTime(0.2, at + 0.01)
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.14)
    osc.connect(gain).connect(audio.destination)
    osc.start(at)
    osc.stop(at + 0.15)
  }
}
